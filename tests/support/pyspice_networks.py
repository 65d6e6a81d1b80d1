"""Networks that PySpice solves, in a process of its own, for a sample and a nudge."""

from collections.abc import Callable, Mapping

import numpy as np

from ebana_core import Model
from tests.support.ideal_diodes import clamped_model
from tests.support.zoo import amplified, block

NETWORKS: Mapping[str, Callable[[], Model]] = {
    "amplified": amplified,
    "block": block,
    "clamped": lambda: clamped_model((3, 4, 4), seed=1, gain=3.0),
}
SAMPLE = {"x": np.array([0.5, -0.3, 0.8])}
NUDGE = {"y": np.array([1e-9, -2e-9])}
