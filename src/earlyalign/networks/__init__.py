"""What is trained: two-layer networks, their initialisation, and a torch twin to check against."""
