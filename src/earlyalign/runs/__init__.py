"""Runs: filled through an engine, kept in a store, with their provenance. `measure` is the door."""

from earlyalign.runs.outcome import Outcome, measure

__all__ = ["Outcome", "measure"]
