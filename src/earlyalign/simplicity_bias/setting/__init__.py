"""The setting of Paper B, Section 2: how one neuron moves, and what the flow keeps."""
