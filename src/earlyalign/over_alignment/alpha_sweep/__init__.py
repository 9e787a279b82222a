"""The error against alpha: its geometry, its decomposition, its optimum, and how the optimum scales."""
