"""Three regimes and the lazy one: Figure 1 and Appendix B of Paper B, sweeps of the threshold over width and scale."""
