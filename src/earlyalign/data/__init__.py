"""What is trained on: laws of inputs and labels, images drawn or loaded. Nothing in here knows of networks."""
