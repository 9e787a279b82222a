"""How it is trained: gradient flow with events, stabilised flow for long horizons, fused SGD, deep networks."""
