"""Experiments: what a paper did and found, written down so that a program can do it again."""

from ebana_core.experiments.experiment import Experiment, Published

__all__ = ["Experiment", "Published"]
