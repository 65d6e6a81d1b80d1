"""Experiments: what a paper did and found, written down so that a program can do it again."""

from ebana_core.experiments.chart import Axis, Chart
from ebana_core.experiments.experiment import Experiment, Folder, Settings, Split
from ebana_core.experiments.measures import Findings, classified, decided, squared_error
from ebana_core.experiments.published import Published
from ebana_core.experiments.trial import Trial

__all__ = [
    "Axis",
    "Chart",
    "Experiment",
    "Findings",
    "Folder",
    "Published",
    "Settings",
    "Split",
    "Trial",
    "classified",
    "decided",
    "squared_error",
]
