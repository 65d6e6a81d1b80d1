"""The network that estimators train unless another one is asked for."""

from collections.abc import Callable
from typing import final

import attrs

from ebana_core.errors import ModelError
from ebana_core.model import Model
from ebana_core.schedules import CosineDecay
from ebana_core.standard import MEAN, crossbar_network

Build = Callable[[int, int, int], Model]
"""A function of the number of features, the number of outputs and a seed that returns a model."""

FINAL_RATE = 0.05
"""Share of the learning rate that is left in the end."""


@final
@attrs.frozen(kw_only=True)
class HiddenLayerNetwork:
    """Builds a `crossbar_network` of one hidden layer.

    Args:
        hidden_units: Nodes of the hidden layer.
        bias_voltage: Of the bias sources, V; the second one has the negative.
        learning_rate: Of Adam at the start, relative to the mean conductance; it falls along a
            cosine to a twentieth.
        n_steps: Over how many updates it falls.

    Examples:
        >>> build = HiddenLayerNetwork(
        ...     hidden_units=4, bias_voltage=1.0, learning_rate=0.05, n_steps=100
        ... )
        >>> build(2, 1, 0).parameters["d1.conductance"].shape  # of 2 inputs, 1 output, seed 0
        (6, 4)
    """

    hidden_units: int
    bias_voltage: float
    learning_rate: float
    n_steps: int

    def __call__(self, n_features: int, n_outputs: int, seed: int) -> Model:
        """Return a new model.

        Raises:
            UnknownDeviceError: No installed plugin provides diodes.
        """
        return crossbar_network(
            n_features,
            self.hidden_units,
            n_outputs,
            lr=CosineDecay(self.learning_rate * MEAN, self.n_steps, FINAL_RATE),
            seed=seed,
            bias_voltage=self.bias_voltage,
        )


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
