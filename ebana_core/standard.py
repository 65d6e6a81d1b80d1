"""The common network: crossbars, with bounded and amplified nodes between them."""

from collections.abc import Sequence
from typing import Any

import attrs

from ebana_core.checking import checked_number, checked_whole, own_copy, shown
from ebana_core.errors import ParameterError, UnknownDeviceError
from ebana_core.initializers import Initializer, RandomUniform
from ebana_core.model import Model
from ebana_core.registry import Registry, load_registry
from ebana_core.schedules import LearningRate

CONDUCTANCES = RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)
"""How conductances are drawn, and between which bounds they are kept, S."""
MEAN = (1e-7 + 1e-5) / 2
"""Of what is drawn, S."""
THRESHOLD = 0.3
"""Of the diodes, V."""
GAIN = 4.0
"""Of the amplifiers, which make up for what crossbars divide."""
BIAS = 1.0
"""Of the bias sources, V; the second one has the negative."""


def crossbar_network(
    inputs: int | Sequence[str],
    hidden: int | Sequence[int],
    outputs: int | Sequence[str],
    *,
    lr: LearningRate | None = None,
    seed: int | None = None,
    initializer: Initializer = CONDUCTANCES,
    bias_voltage: float = BIAS,
    threshold: float = THRESHOLD,
    gain: float = GAIN,
    activation: Any = None,
    output: str = "y",
    registry: Registry | None = None,
) -> Model:
    """Build the network that most examples train, untrained.

    Every input comes twice, as ``xp`` and, negative, as ``xn``, since a conductance cannot be
    negative; two bias sources stand beside them. A crossbar leads to the hidden nodes, two diodes
    bound each on both sides, an amplifier drives the next crossbar, and so on. The columns of the
    last crossbar are folded in pairs: their difference is the prediction. Layers are named ``d1``,
    ``down1``, ``up1``, ``amp1``, ... and ``d_out``.

    ``crossbar_network(2, 10, 1, lr=4e-7)`` is XOR's; ``fit(x, y, "mse", "adam", ...)`` trains it.

    Args:
        inputs: Number of features; or their names, the columns that it takes of a table.
        hidden: Nodes of the hidden layer; or of several, in their order; none: no hidden layer.
        outputs: Number of predictions; or what each stands for, the names of classes.
        lr: Learning rate of every crossbar, a number or a callable of the step. In S for Adam,
            where a tenth of the mean conductance, 5e-7 S, is a start; in S²/V² for SGD.
        seed: See `Model`.
        initializer: Draws the conductances and bounds them, S.
        bias_voltage: Of the bias sources, V; the second one has the negative.
        threshold: Of the diodes, V.
        gain: Of the amplifiers.
        activation: Of the output; see `CurrentLayer`.
        output: Name of the output layer.
        registry: Provides the devices; None: what is installed.

    Raises:
        UnknownDeviceError: No installed plugin provides diodes.
        ParameterError: A number or a name is not right.
    """
    n_inputs, columns = _counted(inputs, "inputs")
    n_outputs, classes = _counted(outputs, "outputs")
    widths = hidden if isinstance(hidden, Sequence) else [hidden]
    volts = checked_number(bias_voltage, "bias_voltage", "give a finite voltage in V", unit="V")
    parts = _Parts(_chosen(registry), initializer, own_copy(lr), volts)
    sources = [
        parts.device("input")(units=n_inputs, name=name, columns=columns) for name in ("xp", "xn")
    ]
    ends, below = list(sources), sources
    for k, width in enumerate(widths, start=1):
        width = checked_whole(width, "hidden")
        layer = parts.crossbar(f"d{k}", width, below, ends, k)
        layer = parts.bounded(layer, threshold, k)
        below = [parts.device("amplification")(name=f"amp{k}", param={"gain": gain})(layer)]
    last = parts.crossbar("d_out", 2 * n_outputs, below, ends, len(widths) + 1)
    settings = {"name": output, "activation": activation, "classes": classes}
    return Model(ends, [parts.device("current")(**settings)(last)], seed=seed)


@attrs.frozen
class _Parts:
    """Builds the parts of a network."""

    registry: Registry
    initializer: Initializer
    lr: LearningRate | None
    bias_voltage: float

    def device(self, name: str) -> type[Any]:
        return self.registry.device(name)

    def crossbar(self, name: str, units: int, below: list[Any], ends: list[Any], k: int) -> Any:
        """Return a crossbar over layers and two bias sources, which are added to `ends`."""
        volts = [self.bias_voltage, -self.bias_voltage]
        ends.append(self.device("bias")(units=2, name=f"b{k}", bias_voltage=volts))
        rows = self.device("concatenate")(name=f"j{k}")([*below, ends[-1]])
        settings = {"initializer": self.initializer, "lr": self.lr}
        return self.device("dense")(units=units, name=name, **settings)(rows)

    def bounded(self, layer: Any, threshold: float, k: int) -> Any:
        """Return a layer with a diode on each side of every node."""
        try:
            diode = self.device("diode")
        except UnknownDeviceError as error:
            raise UnknownDeviceError(
                f"The network needs the device 'diode', which no plugin provides: {error.problem}",
                "type: pip install ebana-diode-mos (in a clone: "
                "pip install -e plugins/ebana_diode_mos)",
            ) from error
        for direction in ("down", "up"):
            settings = {"direction": direction, "param": {"VTH": threshold}}
            layer = diode(name=f"{direction}{k}", **settings)(layer)
        return layer


def _chosen(registry: object) -> Registry:
    """Return a registry that was given, or what is installed."""
    if registry is None:
        return load_registry()
    if not isinstance(registry, Registry):
        raise ParameterError(
            f"registry is {shown(registry)}.", "give what load_registry returns, or None"
        )
    return registry


def _counted(given: int | Sequence[str], path: str) -> tuple[int, tuple[str, ...]]:
    """Return a number, and the names of what is counted if these were given."""
    if isinstance(given, str | bytes):
        raise ParameterError(f"{path} is {shown(given)}.", "give a number, or a list of names")
    try:
        names = () if isinstance(given, int) else tuple(given)
    except TypeError:
        names = ()
    return (len(names), names) if names else (checked_whole(given, path), ())
