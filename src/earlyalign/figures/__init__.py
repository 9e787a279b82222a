"""How figures look, and a drawing that several families share."""
