"""What is trained on: laws of inputs and labels. Nothing in here knows of networks."""
