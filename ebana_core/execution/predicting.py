"""Predictions of a shard, as its outputs are read, and the power that the network takes."""

from collections.abc import Hashable, Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.activations import activation_function
from ebana_core.arrays import Array
from ebana_core.backends import Simulator
from ebana_core.chips.reading import Reading
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.execution.drive import Drive
from ebana_core.execution.result_memory import balance_memory, power_step, voltage_memory
from ebana_core.execution.work import Work
from ebana_core.layers import CurrentLayer
from ebana_core.network.graph import Network


@attrs.frozen(eq=False)
class ShardPrediction:
    """Predictions of the free phase of a shard.

    Args:
        predictions: Output name to raw predictions, ``(n_samples, n_predictions)``, V.
        power: What the network takes, ``(n_samples,)``, W; None where not asked for.
    """

    predictions: dict[str, Array]
    power: Array | None


@final
@attrs.frozen(kw_only=True)
class Predict(Work[Drive, ShardPrediction]):
    """Predicts from free phases.

    Args:
        power: Also compute the power that the network takes.
        reading: Adds noise to what is read; None: none.
    """

    power: bool = False
    reading: Reading | None = None

    @property
    def kind(self) -> Hashable:
        return type(self), self.power

    def __call__(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: Drive,
    ) -> ShardPrediction:
        if not self.power:
            found = simulator.predictions(parameters, shard.inputs)
            return ShardPrediction(self._read(compiled, found, shard.first), None)
        points = simulator.operating_points(parameters, shard.inputs)
        # Currents of all branches take many times the memory of the voltages.
        step = power_step(compiled.circuit)
        parts = range(0, points.n_samples, step)
        predictions = self._read(compiled, points.predictions(), shard.first)
        if len(parts) <= 1:
            return ShardPrediction(predictions, points.total_power())
        powers = [points.subset(slice(k, k + step)).total_power() for k in parts]
        return ShardPrediction(predictions, np.concatenate(powers))

    def _read(
        self, compiled: CompiledCircuit, predictions: dict[str, Array], first: int
    ) -> dict[str, Array]:
        if self.reading is None:
            return predictions
        return self.reading.of_outputs(compiled.circuit.outputs, predictions, first)

    def solving_memory(
        self, simulator: Simulator, parameters: Mapping[str, Array], shard: int
    ) -> int:
        if self.power:
            return simulator.memory(parameters, shard)
        return simulator.prediction_memory(parameters, shard)

    def memory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        shard: int,
        n_samples: int,
    ) -> tuple[int, int]:
        if not self.power:
            return 0, 0
        at_once = min(shard, power_step(compiled.circuit))
        beside = voltage_memory(compiled.circuit, shard) if at_once < shard else 0
        return 0, beside + balance_memory(compiled.circuit, at_once)


def activated(network: Network, name: str, prediction: Array) -> Array:
    """Return what the activation of an output makes of raw predictions."""
    layer = network.layers[name]
    assert isinstance(layer, CurrentLayer)
    activation = activation_function(layer.activation)
    return prediction if activation is None else activation(prediction)
