"""Paper A: over-alignment against over-fitting. One folder a family of items."""
