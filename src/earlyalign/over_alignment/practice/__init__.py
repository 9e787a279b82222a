"""Paper A's experiments with deep networks: one way to train, one way to read an optimum off a grid, six items."""
