"""The network that estimators train unless another one is asked for."""

from collections.abc import Callable
from typing import final

import attrs

from ebana_core.errors import MissingLibraryError, ModelError, UnknownDeviceError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.model import Model
from ebana_core.registry import load_registry
from ebana_core.schedules import CosineDecay

Build = Callable[[int, int, int], Model]
"""A function of the number of features, the number of outputs and a seed that returns a model."""

LEAST, MOST = 1e-7, 1e-5
"""Conductances are drawn in between, S."""
BOUNDS = (1e-8, 1e-4)
"""And kept in between, S."""
MEAN = (LEAST + MOST) / 2
"""Of what is drawn, S; learning rates are given relative to it."""
THRESHOLD = 0.3
"""Of the diodes, V."""
GAIN = 4.0
"""Of the amplifiers, which make up for what crossbars divide."""
FINAL_RATE = 0.05
"""Share of the learning rate that is left in the end."""


@final
@attrs.frozen(kw_only=True)
class HiddenLayerNetwork:
    """Builds a network of one hidden layer, a crossbar before and behind it.

    Features come in pairs, each voltage and its negative, as conductances cannot be negative;
    two bias sources stand beside them. Two diodes bound each hidden node on both sides, and an
    amplifier drives the second crossbar, whose columns are folded in pairs.

    Args:
        hidden_units: Nodes of the hidden layer.
        bias_voltage: Of the bias sources, V; the second one has the negative.
        learning_rate: Of Adam at the start, relative to the mean conductance; it falls along a
            cosine to a twentieth.
        n_steps: Over how many updates it falls.
    """

    hidden_units: int
    bias_voltage: float
    learning_rate: float
    n_steps: int

    def __call__(self, n_features: int, n_outputs: int, seed: int) -> Model:
        """Return a new model.

        Raises:
            MissingLibraryError: No installed plugin provides diodes.
        """
        xp = InputVoltageLayer(units=n_features, name="xp")
        xn = InputVoltageLayer(units=n_features, name="xn")
        bias = BiasVoltageLayer(
            units=2, name="bias", bias_voltage=[self.bias_voltage, -self.bias_voltage]
        )
        hidden = self._bounded(self._crossbar("hidden", self.hidden_units, [xp, xn, bias]))
        amplified = AmplificationLayer(name="amp", param={"gain": GAIN})(hidden)
        last = self._crossbar("last", 2 * n_outputs, [amplified, bias])
        return Model([xp, xn, bias], [CurrentLayer(name="y")(last)], seed=seed)

    def _crossbar(self, name: str, units: int, parents: list[Layer]) -> Layer:
        rows = ConcatenateLayer(name=f"{name}_rows")(parents)
        return DenseLayer(
            units=units,
            name=name,
            initializer=RandomUniform(LEAST, MOST, *BOUNDS),
            lr=CosineDecay(self.learning_rate * MEAN, self.n_steps, FINAL_RATE),
        )(rows)

    def _bounded(self, layer: Layer) -> Layer:
        """Return the layer with a diode on each side of every node."""
        try:
            device = load_registry().device("diode")
        except UnknownDeviceError as error:
            raise MissingLibraryError(
                "The default network needs diodes, which the plugin ebana_diode_mos provides.",
                "pip install ebana-diode-mos, or give build=... a network of your own",
            ) from error
        for direction in ("down", "up"):
            layer = device(name=direction, direction=direction, param={"VTH": THRESHOLD})(layer)
        return layer


def output_of(model: Model) -> str:
    """Return the name of a model's only output.

    Raises:
        ModelError: It has several.
    """
    names = [output.name for output in model.network.compiled.circuit.outputs]
    if len(names) != 1:
        raise ModelError(
            f"The model that build returned has the outputs {names}.", "give it one CurrentLayer"
        )
    return names[0]
