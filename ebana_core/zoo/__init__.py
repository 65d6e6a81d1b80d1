"""The zoo: published experiments by name, one file per paper, all listed here."""

from ebana_core.experiments import Experiment
from ebana_core.zoo import peters2025, watfa2022

EXPERIMENTS: tuple[Experiment, ...] = (*watfa2022.EXPERIMENTS, *peters2025.EXPERIMENTS)
"""Every experiment of the core, in the order of the page."""
