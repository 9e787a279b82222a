"""Paper B, one module an item: what it runs, how it is drawn, what it claims."""
