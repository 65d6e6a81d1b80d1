"""The zoo: published experiments by name, one file per paper, all listed here."""

from ebana_core.experiments import Experiment
from ebana_core.zoo import (
    dillavou2022,
    dillavou2025,
    doell2025,
    kendall2020,
    osana2026,
    pandey2026,
    peters2025,
    scellier2024,
    stern2021,
    stern2024,
    watfa2022,
    wycoff2022,
)

EXPERIMENTS: tuple[Experiment, ...] = (
    *watfa2022.EXPERIMENTS,
    *kendall2020.EXPERIMENTS,
    *scellier2024.EXPERIMENTS,
    *osana2026.EXPERIMENTS,
    *doell2025.EXPERIMENTS,
    *peters2025.EXPERIMENTS,
    *pandey2026.EXPERIMENTS,
    *stern2021.EXPERIMENTS,
    *stern2024.EXPERIMENTS,
    *dillavou2022.EXPERIMENTS,
    *dillavou2025.EXPERIMENTS,
    *wycoff2022.EXPERIMENTS,
)
"""Every experiment of the core, in the order of the page."""
