"""How much memory a solve is said to take, and the samples of such solves."""

import numpy as np

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.data import DataSet
from ebana_core.execution.batch_memory import batch_memory
from ebana_core.execution.work import Solve, Work

NUMPY = NativeBackend(compiled=False)
"""Its arrays are traced; those of compiled kernels are not."""

__all__ = ["NUMPY", "Solve", "data", "estimate"]


def data(model: Model, n: int) -> DataSet:
    rng = np.random.default_rng(0)
    shapes = model.network.shapes
    inputs, targets = rng.uniform(-1, 1, (n, *shapes["x"])), rng.normal(size=(n, *shapes["y"]))
    return DataSet({"x": inputs}, {"y": targets})


def estimate(model: Model, work: Work, n: int) -> int:
    simulator = model.simulator(NUMPY)
    parameters = model.parameters.snapshot()
    return batch_memory(work, simulator, model.network.compiled, parameters, n)
