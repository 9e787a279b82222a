"""The knob: initialisation scale, output multiplier and step as one, where the network is homogeneous."""
