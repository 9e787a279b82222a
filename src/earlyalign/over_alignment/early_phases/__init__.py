"""Paper A, Section 5: the stopping time, balancedness, alignment in Phase 1 and what Phase 2 keeps of it."""
