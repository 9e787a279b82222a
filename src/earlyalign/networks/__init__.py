"""What is trained: two-layer networks and their torch twin; a CNN, VGG-19, ResNets; the output multiplier."""
