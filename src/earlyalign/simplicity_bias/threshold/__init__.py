"""The optimization threshold: Figures 2 to 8 of Paper B, sweeps over the number of samples."""
