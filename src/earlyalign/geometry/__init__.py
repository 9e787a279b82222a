"""Activation cells of the unit sphere, the function G_n on them, and its extremal vectors."""
