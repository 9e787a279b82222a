"""How it is trained: gradient flow with events; flow over long horizons in steps of one length, neurons
exact between their walls; fused SGD; deep networks."""
