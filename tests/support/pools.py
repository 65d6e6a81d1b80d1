"""What tests of executors send to workers; workers import it."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_diode_mos.exponential import Antiparallel

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.backends import Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    ShuntLayer,
)
from ebana_core.losses import MSE, Loss
from ebana_core.rules import (
    EquilibriumPropagation,
    LearningRule,
    RuleResult,
    Samples,
    Trainable,
)
from tests.support.networks import INITIALIZER, RAMP


def executed_model() -> Model:
    """Return a network with diodes and an amplifier that learns fast."""
    source = InputVoltageLayer(units=3, name="x")
    hidden = DenseLayer(units=6, name="d0", lr=1e-7, initializer=INITIALIZER)(source)
    clamped = DiodeLayer(name="a0", direction="down", bias_voltage=0.0, param=RAMP)(hidden)
    amplified = AmplificationLayer(name="amp0", param={"gain": 4.0, "shift": 0.0})(clamped)
    last = DenseLayer(units=4, name="d_out", lr=1e-7, initializer=INITIALIZER)(amplified)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(last)], seed=4)


def executed_data(n_samples: int = 700, *, bad: int | None = None) -> DataSet:
    """Return samples for it, one of them with a target above 1."""
    rng = np.random.default_rng(0)
    targets = rng.uniform(-0.5, 0.5, (n_samples, 2))
    if bad is not None:
        targets[bad] = 2.0
    return DataSet({"x": rng.uniform(-1, 1, (n_samples, 3))}, {"y": targets})


@attrs.frozen
class Square(Loss):
    """A loss that tests change the gradient of."""

    def value(self, prediction: Array, target: Array) -> Array:
        return MSE(0.0).value(prediction, target)

    def gradient(self, prediction: Array, target: Array) -> Array:
        return MSE(0.0).gradient(prediction, target)


@attrs.frozen
class Deadly(Square):
    """Kills the worker that meets a target above 1: every time, or until `mark` exists."""

    mark: str = ""

    def gradient(self, prediction: Array, target: Array) -> Array:
        if target.max() > 1 and not (self.mark and Path(self.mark).exists()):
            if self.mark:
                Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().gradient(prediction, target)


class UnreadableError(Exception):
    """Cannot be unpickled: pickle calls it with one argument."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


@attrs.frozen
class Failing(Square):
    """Raises where it meets a target above 1."""

    kind: str = "note"

    def gradient(self, prediction: Array, target: Array) -> Array:
        if target.max() > 1 and self.kind == "note":
            error = ConvergenceError("No point for samples [3].", "do something")
            error.add_note("a note of the loss")
            raise error
        if target.max() > 1:
            raise UnreadableError("un", "readable")
        return super().gradient(prediction, target)


@attrs.frozen
class Counting(LearningRule):
    """Writes a line for every shard and for every reading of the circuit, by process."""

    folder: str
    rule: EquilibriumPropagation

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        with (Path(self.folder) / str(os.getpid())).open("a") as file:
            file.write(f"{id(simulator)}\n")
        return self.rule.run(simulator, compiled, parameters, samples, trainable)


def _refused_by_pickle() -> Any:
    return lambda: None


@attrs.frozen
class Holding(Square):
    """A loss that pickle refuses."""

    thing: Any = attrs.field(factory=_refused_by_pickle)


@attrs.frozen(eq=False)
class HoldingLaw(Antiparallel):
    """A law that pickle refuses."""

    thing: Any = attrs.field(factory=_refused_by_pickle)


class HoldingLayer(ShuntLayer):
    """Puts such a device from every node to ground."""

    device = "holding"
    law = HoldingLaw()
