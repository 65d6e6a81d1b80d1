"""Fits models: the loop over epochs, what a run records of it, and how a run is resumed."""
