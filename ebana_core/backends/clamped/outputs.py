"""Outputs that ideal sources hold, and what these deliver."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, exact, host, precision_of
from ebana_core.backends.clamped.ports import output_ports
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Clamps, VoltageSources, resolve
from ebana_core.circuit.held import at_bound, delivered
from ebana_core.circuit.kirchhoff import Balance
from ebana_core.circuit.leaving import CurrentChanges, sum_leaving
from ebana_core.errors import ConvergenceError

HELD = "ebana_held"
"""Name of the sources that hold outputs, and of the input that says at which voltage."""
UNMOVED = 1e-9
"""Displacement, relative to the voltages, up to which an output that nothing moves is in place."""


@attrs.frozen(eq=False)
class HeldOutputs:
    """A circuit with sources across its outputs.

    Args:
        original: The circuit without them.
        compiled: The circuit with them, and without ideal diodes at the nodes that they fix.
        sources: The sources, between nodes that the outputs follow.
        is_held: Which predictions have a source; nothing moves the others. Shape ``(n_ports,)``.
        freed: Ideal diodes that were left out: the element, and which of its nodes.
    """

    original: CompiledCircuit
    compiled: CompiledCircuit
    sources: VoltageSources
    is_held: BoolArray
    freed: tuple[tuple[Clamps, IntArray], ...]

    def suits(self, parameters: Mapping[str, Array]) -> bool:
        """Tell whether the sources hold the outputs at other gains, too."""
        ports = output_ports(self.original, parameters)
        return not ports.is_unequal.any() and np.array_equal(ports.gain != 0, self.is_held)

    def free_voltages(self, free: OperatingPoints) -> Array:
        """Return what stands across the sources in a free phase. ``(n_samples, n_held)``, V."""
        voltages = exact(free.free_voltages)
        return np.asarray(voltages[:, self.sources.heads] - voltages[:, self.sources.tails])

    def moves(self, free: OperatingPoints, displacement: Array) -> Array:
        """Return by how much the sources move for displaced predictions. Same shape, V.

        Args:
            free: The free phase.
            displacement: Of every prediction. Shape ``(n_samples, n_ports)``, V.

        Raises:
            ConvergenceError: A prediction that a source fixes is to move; names output and sample.
        """
        size = UNMOVED * np.abs(exact(free.free_voltages)).max(axis=1, initial=0.0)
        stuck = (np.abs(displacement) > size[:, None]) & ~self.is_held
        self._refuse(stuck, displacement, "a source fixes it")
        ports = output_ports(self.original, free.parameters)
        return np.asarray(displacement[:, self.is_held] / ports.gain[self.is_held])

    def points(self, free: OperatingPoints, change: Array, displacement: Array) -> OperatingPoints:
        """Return points of the circuit without sources, whose currents are injected instead.

        Args:
            free: The free phase.
            change: Of all nodes, as a simulator holds it. Shape ``(n_samples, n_nodes)``, V.
            displacement: As in `moves`.

        Raises:
            ConvergenceError: An ideal diode holds a prediction back; names output and sample.
        """
        before, after = free.free_voltages, free.free_voltages + host(change)
        self._check_bounds(free.parameters, after, displacement)
        own = self._delivered(free.parameters, before, host(change))
        points = attrs.evolve(free, nudge=self._nudge(free.parameters, own), change=change)
        left = points.balance("unknowns")
        apart = np.flatnonzero(~(left.imbalance() <= precision_of(before).imbalance))
        if not len(apart):
            return points
        # Far from the free phase, what is left of it counts: what an ideal diode carried that is
        # open now, and the rounding at a steep device.
        own[apart] += self._left(left)[apart]
        return attrs.evolve(points, nudge=self._nudge(free.parameters, own))

    def _left(self, balance: Balance) -> Array:
        """Return what sources would have to deliver besides, A; the flatter of two nodes tells."""
        heads, tails = self.sources.heads, self.sources.tails
        at_head = (tails == GROUND) | (balance.floor[:, heads] <= balance.floor[:, tails])
        return np.where(at_head, balance.residual[:, heads], -balance.residual[:, tails])

    def _nudge(self, parameters: Mapping[str, Array], own: Array) -> dict[str, Array]:
        """Return the currents into the outputs that do what the sources do, A."""
        injected = np.zeros((len(own), len(self.is_held)))
        injected[:, self.is_held] = (
            output_ports(self.original, parameters).share[self.is_held] * own
        )
        ends = np.cumsum([len(output.heads) for output in self.original.circuit.outputs])
        names = [output.name for output in self.original.circuit.outputs]
        return dict(zip(names, np.split(injected, ends[:-1], axis=1), strict=True))

    def _delivered(self, parameters: Mapping[str, Array], first: Array, change: Array) -> Array:
        """Return how much more the sources deliver than in the free phase, A."""
        changes = CurrentChanges(exact(first), exact(change), parameters, {})
        leaving = sum_leaving(self.compiled, parameters, changes)
        holding = at_bound(self.compiled, parameters, first)
        for clamps, holds in at_bound(self.compiled, parameters, first + change).items():
            # A diode that holds in one phase only still carries the difference.
            holding[clamps] |= holds
        # Currents as they flow, not weighted: they are injected into the circuit.
        found = delivered(self.compiled, parameters, leaving, holding, is_weighted=False)
        return found[self.sources]

    def _sources_at(self, clamps: Clamps, places: IntArray) -> IntArray:
        """Return which source fixes each of some nodes with ideal diodes."""
        roots = self.original.constraints.root[clamps.nodes[places]]
        return np.argmax(self.sources.heads[None, :] == roots[:, None], axis=1)

    def _check_bounds(
        self, parameters: Mapping[str, Array], voltages: Array, displacement: Array
    ) -> None:
        ports = np.flatnonzero(self.is_held)
        for clamps, places in self.freed:
            own = voltages[:, clamps.nodes[places]]
            bound = np.broadcast_to(resolve(clamps.bound, parameters, {}), clamps.nodes.shape)
            over = np.where(clamps.is_upper, 1.0, -1.0)[places] * (own - bound[places])
            beyond = over > precision_of(own).at_bound * np.maximum(np.abs(own), 1.0)
            stuck = np.zeros(displacement.shape, dtype=bool)
            for k, source in enumerate(self._sources_at(clamps, places)):
                stuck[:, ports[source]] |= beyond[:, k]
            self._refuse(stuck, displacement, f"an ideal diode of {clamps.layer!r} holds it back")

    def _refuse(self, stuck: BoolArray, displacement: Array, why: str) -> None:
        if not stuck.any():
            return
        sample, place = np.argwhere(stuck)[0]
        outputs = self.original.circuit.outputs
        names = [f"{o.name}[{k}]" for o in outputs for k in range(len(o.heads))]
        raise ConvergenceError(
            f"No current clamps output {names[place]} of sample {sample} at "
            f"{displacement[sample, place]:.3g} V from its free prediction: {why}.",
            "lower eta, or give targets that the outputs can reach",
        )


def missed(points: OperatingPoints) -> IntArray:
    """Return the samples whose currents do not balance as those of right points do."""
    tolerance = precision_of(points.free_voltages).imbalance
    return np.flatnonzero(~(points.balance("unknowns").imbalance() <= tolerance))
