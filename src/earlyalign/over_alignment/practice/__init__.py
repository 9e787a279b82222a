"""Paper A's experiments with deep networks: one engine room, one reading of an optimum, six items."""
