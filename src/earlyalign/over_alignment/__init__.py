"""Paper A: over-alignment against over-fitting. One module an item."""
