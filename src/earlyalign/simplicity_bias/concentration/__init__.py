"""Paper B, Section 3, for many samples: how D_n concentrates, and where its extremal vectors end up."""
