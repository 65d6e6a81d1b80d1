"""Initial values of trainable conductances, in siemens, and the bounds they keep later.

An initializer holds no random state: `draw` takes the generator. Its `lower` and `upper` are
the bounds to which a layer clips the conductances that it trains.
"""

from ebana_core.initializers.given import Given
from ebana_core.initializers.initializer import Initializer
from ebana_core.initializers.intervals import (
    GlorotLogUniform,
    GlorotUniform,
    HeUniform,
    IntervalInitializer,
    LogUniform,
    RandomUniform,
)

__all__ = [
    "Given",
    "GlorotLogUniform",
    "GlorotUniform",
    "HeUniform",
    "Initializer",
    "IntervalInitializer",
    "LogUniform",
    "RandomUniform",
]
