"""How figures look, and one that several families share."""
