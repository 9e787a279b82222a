"""Activation cells, their count, and the extremal vectors of G_n: the geometry that early alignment obeys."""
