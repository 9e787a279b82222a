"""The phases of the proof of Theorem 4.1: one trajectory, cut at its stopping times."""
