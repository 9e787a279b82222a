"""Closed forms, estimators and checkable assumptions. No training in here."""
