"""Paper B: simplicity bias and the optimization threshold. One folder a family of items."""
