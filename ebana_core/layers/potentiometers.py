"""The potentiometer network layer: resistances that move by whole taps, along a graph."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.errors import ParameterError
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.resistor_network import ResistorNetworkLayer
from ebana_core.layers.trainable import check_relative_step
from ebana_core.papers.entries import DILLAVOU_2022
from ebana_core.validators import number, truth, whole

RESISTANCE = "give a resistance in ohm, above 0"


@attrs.frozen(kw_only=True, eq=False)
class PotentiometerNetworkLayer(ResistorNetworkLayer):
    """Digital potentiometers, wired as rheostats, along the branches of a graph.

    At tap k, from 0 to ``n_taps - 1``, a device has the resistance ``wiper + k*end_to_end/n_taps``,
    ohm. Its parameter is ``conductance``, S, one per branch, as that of `ResistorNetworkLayer`;
    what is drawn stands at the nearest tap, and so does all that learning makes of it. Conductances
    that a user assigns may lie between taps until the next update.

    With `by_sign` an update moves each device by one tap, down where more conductance is wished, up
    where less is, and not at all where the wish is exactly 0: an up/down counter behind a
    comparator, which knows no size of a wish. Otherwise the device goes to the tap whose resistance
    is nearest to the wished one.

    Args:
        name: See `Layer`.
        branches: See `ResistorNetworkLayer`, as for what follows.
        inputs: Nodes that are those of its input.
        outputs: Nodes that it presents.
        n_taps: Number of taps, at least 2.
        end_to_end: Resistance of the whole ladder, ohm.
        wiper: Resistance of the wiper, ohm: that of the device at tap 0.
        by_sign: One tap per update, by the sign of the wish; False: to the nearest tap.
        initializer: Draws the conductances; its bounds leave out the taps beyond them.
        lr: Learning rate, S²/V²; with `by_sign` any rate above 0 does the same.
        trainable: Learning moves the taps.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest wished change in one step, relative to the value; None: no limit.

    Raises:
        ParameterError: A setting out of range; an initializer whose bounds hold no tap, or that
            draws none of the resistances of the ladder.

    Examples:
        >>> from ebana_core.initializers import Given
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> pots = PotentiometerNetworkLayer(
        ...     name="pots", branches=[(0, 2), (1, 2)], inputs=[0, 1], outputs=[2], n_taps=128,
        ...     end_to_end=1e5, wiper=40.0, initializer=Given(2e-5),
        ... )
        >>> model = Model([x], [CurrentLayer(name="y", fold=False)(pots(x))])
        >>> model.predict({"x": [[0.0, 1.0]]})["y"]  # two equal resistances
        array([[0.5]])

    Source:
        Dillavou, Stern, Liu and Durian 2022, Physical Review Applied 18, 014040 (16 devices of 128
        taps and 100 kΩ). That the counters move by the sign of the comparison stands there; 40 Ω
        for the wiper is a usual value of such devices, not one of the paper.
    """

    device = "potentiometer_network"
    symbol = "potentiometer"

    n_taps: int = attrs.field(default=128, validator=whole(at_least=2))
    end_to_end: float = attrs.field(default=100e3, validator=number(RESISTANCE, above=0.0))
    wiper: float = attrs.field(default=40.0, validator=number(RESISTANCE, above=0.0))
    by_sign: bool = attrs.field(default=True, validator=truth)
    max_relative_step: float | None = attrs.field(default=None, validator=check_relative_step)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        first, last = self.tap_range
        if first > last:
            low, high = self.at_tap(np.array([self.n_taps - 1, 0]))
            bounds = self.initializer.lower, self.initializer.upper
            raise ParameterError(
                f"The initializer of layer {self.name!r} keeps conductances from {bounds[0]:g} S "
                f"to {bounds[1]:g} S, where its potentiometers have no tap.",
                f"give bounds around some taps, which have {low:g} S to {high:g} S",
            )

    @property
    def papers(self) -> tuple[str, ...]:
        return (*super().papers, DILLAVOU_2022)

    @property
    def tap_range(self) -> tuple[int, int]:
        """First and last tap whose conductance is within the initializer's bounds."""
        low, high = self.initializer.lower, self.initializer.upper

        def key(tap: int) -> float:
            return -float(self.at_tap(tap))  # which rises from tap to tap

        taps = range(self.n_taps)
        # Compared as `at_tap` rounds them: a bound that is the conductance of a tap keeps it.
        return bisect_left(taps, -high, key=key), bisect_right(taps, -low, key=key) - 1

    def at_tap(self, taps: Array | IntArray | int) -> Array:
        """Return the conductance at taps, S. Shape of `taps`."""
        step = self.end_to_end / self.n_taps
        return np.asarray(1 / (self.wiper + np.asarray(taps, dtype=np.float64) * step))

    def taps(self, conductance: Array) -> Array:
        """Return the tap whose resistance is nearest, as a whole number. Shape of `conductance`.

        Args:
            conductance: S; what is not above 0 has the largest resistance.
        """
        values = np.asarray(conductance, dtype=np.float64)
        # A conductance that small, or below zero, has no resistance of its own on the ladder.
        resistance = 1 / np.maximum(values, np.finfo(np.float64).tiny)
        nearest = np.rint((resistance - self.wiper) * (self.n_taps / self.end_to_end))
        return np.asarray(np.clip(nearest, *self.tap_range))

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        shape = (len(self.branches),)
        first, last = self.tap_range
        ends = self.at_tap(np.array([last, first]))
        return [
            attrs.evolve(
                self.conductance(shape),
                draw=lambda rng: self._drawn(shape, rng),
                lower=float(ends[0]),
                upper=float(ends[1]),
            )
        ]

    def _drawn(self, shape: Shape, rng: np.random.Generator) -> Array:
        drawn = self.initializer.draw(shape, rng)
        low, high = self.at_tap(np.array([self.n_taps - 1, 0]))
        if drawn.max() < low or drawn.min() > high:
            raise ParameterError(
                f"The initializer of layer {self.name!r} draws {drawn.min():g} S to "
                f"{drawn.max():g} S; its potentiometers have {low:g} S to {high:g} S.",
                "draw conductances within that range",
            )
        return self.at_tap(self.taps(drawn))

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        if self.by_sign:
            # More conductance is fewer taps of the ladder.
            moved = np.clip(self.taps(values) - np.sign(change), *self.tap_range)
            return self.at_tap(moved), {}
        wished, _ = super().program(name, values, change, rng, others)
        return self.at_tap(self.taps(wished)), {}
