"""Measurements beside their peers; results are committed as JSON."""
