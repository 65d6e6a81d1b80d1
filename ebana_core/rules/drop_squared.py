"""The rule of self-learning circuits: the square of each device's drop, clamped minus free."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.backends.clamped import check_clampable
from ebana_core.checking import own_settings
from ebana_core.circuit.branches import CHUNK
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError, PhaseError, UnsupportedError
from ebana_core.local_rules import Trainable
from ebana_core.outer import multiplied_out
from ebana_core.papers.entries import DILLAVOU_2022, DILLAVOU_2024
from ebana_core.rules.crossbar_products import crossbar_contrast
from ebana_core.rules.edges import Edges, edges_of
from ebana_core.rules.phased import is_positive
from ebana_core.rules.phases import Phases, collect
from ebana_core.rules.rule import LearningRule, RuleResult, Samples
from ebana_core.validators import truth


@final
@attrs.frozen
class DropSquared(LearningRule):
    """Clamps outputs through resistances, and compares the squared drops of every device.

    The circuit is solved free. The loss says from the free predictions which outputs are moved by
    how much (`Loss.clamp`); a sample of which no output is moved is not solved again and adds
    nothing, and a batch of such samples is followed by no step of the optimizer: neither momentum
    nor decay changes a value, and rates that depend on the step stay. A folded prediction is moved
    half by its first node and half by its second. With the nodes clamped, the "gradient" of each
    value is ``sign*(drop_clamped² - drop_free²)``, V², summed over samples; its sign is -1 where a
    larger value conducts worse. `SGD` with a layer's ``lr`` then makes the published update ``value
    -= lr*sign*(drop_clamped² - drop_free²)``.

    There is no derivative of the device in it, and no division by `nudge`: where a circuit has an
    energy and all devices are resistors it points along the gradient; else `check_gradient` tells.
    Outputs must be read by a `SenseLayer`.

    Args:
        nudge: How far the loss moves outputs, above zero; V, or for `MSE` a share of the distance.
        only_clamped: Change only devices with an end at a clamped node.

    Raises:
        PhaseError: `nudge` is not a finite number above zero.

    Examples:
        >>> DropSquared(nudge=0.1).only_clamped
        False

    Source:
        Dillavou, Stern, Liu and Durian 2022, Physical Review Applied 18, 014040 (the first
        circuits); Dillavou et al. 2024, Proceedings of the National Academy of Sciences 121(28),
        e2319718121 (networks of transistors).
    """

    strength_name = "nudge"

    nudge: float
    only_clamped: bool = attrs.field(default=False, validator=truth)

    def __attrs_post_init__(self) -> None:
        if not is_positive(self.nudge):
            raise PhaseError(
                f"DropSquared has nudge={self.nudge!r}.", "give a finite number above zero"
            )
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (DILLAVOU_2022, DILLAVOU_2024)

    def check(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> None:
        del parameters
        check_clampable(compiled)

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        edges = _edges(compiled, trainable)
        free = simulator.operating_points(parameters, samples.inputs)
        voltages = self.clamps(compiled.circuit, samples, free.free_voltages)
        clamped = _clamped(simulator, free, voltages, parameters)
        rows = np.flatnonzero(_is_clamped(voltages))
        assert clamped.change is not None
        before, change = free.free_voltages, clamped.change
        if len(rows) < samples.n_samples:
            before, change = before[rows], change[rows]
        marked = _marked(compiled.circuit, voltages)[rows] if self.only_clamped else None
        sums: dict[str, Array] = {}
        for own in edges:
            squares = own.sign * _squares(own, before, change, marked)
            collect(sums, own.value, squares, parameters[own.value.name].shape)
        n_points = samples.n_samples + len(rows)
        return RuleResult(
            gradient_sums=sums,
            phases={"free": free, "nudged": clamped},
            n_points=n_points,
            makes_update=len(rows) > 0,
        )

    def clamps(self, circuit: Circuit, samples: Samples, read: Array) -> dict[str, Array]:
        """Return what the sources at the nodes of outputs are at; see `Clamper.points`.

        Args:
            circuit: The circuit.
            samples: Say what the predictions should be.
            read: Voltages of all nodes in the free phase. Shape ``(n_samples, n_nodes)``, V.
        """
        senses = {sense.layer: sense for sense in circuit.senses}
        voltages = {}
        for output in circuit.outputs:
            sense = senses[output.layer]
            own = read[:, sense.topology.heads]
            is_folded = len(output.heads) < sense.topology.size
            prediction = own[:, 0::2] - own[:, 1::2] if is_folded else own
            moved = samples.displacement(output.name, prediction, self.nudge)
            goal = own.copy() if is_folded else own + moved
            if is_folded:
                goal[:, 0::2] += moved / 2
                goal[:, 1::2] -= moved / 2
            voltages[sense.name] = goal
        return voltages


def _edges(compiled: CompiledCircuit, trainable: Trainable) -> list[Edges]:
    for name, local in trainable.items():
        if local is not None:
            raise ParameterError(
                f"{name!r} has a grad_func, and DropSquared is a local rule itself.",
                "leave out its grad_func, or use EquilibriumPropagation",
            )
    return edges_of(compiled, trainable)


def _clamped(
    simulator: Simulator,
    free: OperatingPoints,
    voltages: Mapping[str, Array],
    parameters: Mapping[str, Array],
) -> OperatingPoints:
    if simulator.through is None:
        raise UnsupportedError(
            f"{type(simulator).__name__} clamps no outputs through resistances.",
            'use backend="native" or "ngspice"',
        )
    return simulator.through.points(free, voltages, parameters)


def _is_clamped(voltages: Mapping[str, Array]) -> BoolArray:
    """Tell of which samples some node is clamped."""
    first, *others = (np.isnan(array).all(axis=1) for array in voltages.values())
    for own in others:
        first &= own
    return np.asarray(~first)


def _marked(circuit: Circuit, voltages: Mapping[str, Array]) -> BoolArray:
    """Return which nodes are clamped. Shape ``(n_samples, n_nodes)``."""
    n_samples = len(next(iter(voltages.values())))
    marked = np.zeros((n_samples, circuit.n_nodes), dtype=bool)
    for sense in circuit.senses:
        marked[:, sense.topology.heads] |= ~np.isnan(voltages[sense.name])
    return marked


def _squares(edges: Edges, before: Array, change: Array, marked: BoolArray | None) -> Array:
    """Return the difference of squared drops, summed over samples. Shape of the edges, V²."""
    if edges.crossbar is not None and marked is None:
        # Twice the contrast of conductances, by matrix products.
        phases = Phases(free=before, before=None, after=change, factor=2.0)
        found = crossbar_contrast(edges.crossbar, phases, rows_move=True, share=0.5)
        return multiplied_out(found)
    total = np.zeros(len(edges.heads))
    heads, tails = edges.head_selector, edges.tail_selector
    step = max(1, CHUNK // max(1, len(total)))
    for first in range(0, len(before), step):
        rows = slice(first, first + step)
        moved = change[rows, heads] - change[rows, tails]
        squares = moved * (2 * (before[rows, heads] - before[rows, tails]) + moved)
        if marked is not None:
            squares *= marked[rows, heads] | marked[rows, tails]
        total += squares.sum(axis=0)
    return total.reshape(edges.shape)
