"""What every simulator promises, and the operating points it returns."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, columns, host, shown
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.branches import branch_currents, crossbar_currents
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, Ports, resolved
from ebana_core.circuit.kirchhoff import Balance, balance, relative
from ebana_core.circuit.node_sums import Detail
from ebana_core.errors import ParameterError, UnsupportedError


@attrs.frozen(eq=False)
class Stability:
    """What Jacobians tell about the points of a circuit that may have several.

    A point is unstable where a small disturbance grows, with equal capacitances at the nodes that
    devices touch and at those whose voltage steers a source or an amplifier.

    Args:
        is_stable: Shape ``(n_samples,)``.
        has_several: With these inputs the circuit has several operating points: the one that was
            found first is unstable, and another was found beside it. Same shape.
    """

    is_stable: BoolArray
    has_several: BoolArray


@attrs.frozen(eq=False, slots=False, kw_only=True, repr=False)
class OperatingPoints:
    """Solved DC operating points of a batch, every node and every current.

    Args:
        compiled: The circuit.
        parameters: Parameter values of the solve.
        inputs: Input name to sample voltages, ``(n_samples, n_elements)``, V.
        nudge: Output name to the current injected into its heads, A; empty in a free phase.
        solved_free: `free_voltages` as the simulator holds them, in its array library.
        solved_change: `change` likewise; None in a free phase.
        stability: Of the free phase; None: not examined, as of circuits with one point.
    """

    compiled: CompiledCircuit
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    nudge: Mapping[str, Array]
    solved_free: Array = attrs.field(alias="free_voltages")
    solved_change: Array | None = attrs.field(default=None, alias="change")
    stability: Stability | None = None

    @cached_property
    def free_voltages(self) -> Array:
        """All nodes of the free phase, ground included. Shape ``(n_samples, n_nodes)``, V."""
        return shown(host(self.solved_free))

    @cached_property
    def change(self) -> Array | None:
        """By how much the nudge moves them, solved as such; None in a free phase."""
        return None if self.solved_change is None else shown(host(self.solved_change))

    @cached_property
    def _solved(self) -> Array:
        moved = self.solved_change
        return self.solved_free if moved is None else self.solved_free + moved

    @cached_property
    def node_voltages(self) -> Array:
        """All nodes, ground included. Shape ``(n_samples, n_nodes)``, V."""
        return shown(host(self._solved))

    def on_host(self) -> "OperatingPoints":
        """Return a copy that holds NumPy arrays alone, and nothing of what was derived."""
        return attrs.evolve(self, free_voltages=self.free_voltages, change=self.change)

    @property
    def circuit(self) -> Circuit:
        """The circuit that was solved."""
        return self.compiled.circuit

    @property
    def n_samples(self) -> int:
        """Number of operating points."""
        return int(self.solved_free.shape[0])

    @cached_property
    def balance(self) -> Balance:
        """Kirchhoff's laws on these voltages, with the magnitudes that a residual needs."""
        return self.balance_of("magnitudes")

    @cached_property
    def flows(self) -> Balance:
        """The same without the magnitudes of crossbars, which cost a look at every branch."""
        return self.__dict__.get("balance") or self.balance_of("powers")

    def balance_of(self, detail: Detail) -> Balance:
        """Return Kirchhoff's laws on these voltages, as far as `detail` says."""
        return balance(
            self.circuit,
            self.compiled.constraints,
            self.node_voltages,
            self.parameters,
            self.inputs,
            self.nudge,
            detail=detail,
        )

    def predictions(self) -> dict[str, Array]:
        """Return output name to raw predictions, ``(n_samples, n_predictions)``, V."""
        return {
            output.name: host(
                columns(self._solved, output.heads) - columns(self._solved, output.tails)
            )
            for output in self.circuit.outputs
        }

    @property
    def voltages(self) -> Array:
        """Voltages of the nodes that layers show. Shape ``(n_samples, n_nodes)``, V."""
        return self.node_voltages[:, self.circuit.visible_nodes]

    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of the nodes in `voltages`, for example ``"d1[7]"``."""
        names = self.circuit.node_names
        return tuple(names[node] for node in self.circuit.visible_nodes)

    def at(self, layer: Any) -> Array:
        """Return the voltages of the nodes that a layer (or its name) presents, V.

        Raises:
            UnknownNameError: There is no such layer.
        """
        return self.node_voltages[:, self.circuit.nodes_of(getattr(layer, "name", layer))]

    def power(self, layer: Any) -> Array:
        """Return the power that a layer (or its name) takes up. Shape ``(n_samples,)``, W.

        It is negative where a layer delivers: sources and amplifiers.

        Raises:
            UnknownNameError: There is no such layer.
        """
        name = getattr(layer, "name", layer)
        self.circuit.nodes_of(name)
        total = np.zeros(self.n_samples)
        for element in self.circuit.elements:
            if element.layer == name:
                total += self.flows.power[element.name]
        return total

    def currents(self, layer: Any) -> dict[str, Array]:
        """Return the branch currents of a layer (or its name) by element, A.

        Into the head of a branch or a voltage source, out of the output of an amplifier, into
        the ports of a block, device by device. Shape ``(n_samples, n_branches)``; a crossbar's
        branches row by row.

        Raises:
            UnknownNameError: There is no such layer.
        """
        name = getattr(layer, "name", layer)
        self.circuit.nodes_of(name)
        found = {}
        for element in self.circuit.elements:
            if element.layer != name:
                continue
            if isinstance(element, ElementArray):
                found[element.name] = branch_currents(
                    element, self.parameters, self.inputs, self.node_voltages
                )
            elif isinstance(element, Ports):
                found[element.name] = self._port_currents(element)
            elif element.name in self.flows.source_currents:
                found[element.name] = self.flows.source_currents[element.name].copy()
        return found

    def _port_currents(self, ports: Ports) -> Array:
        values = resolved(ports.values, self.parameters)
        state = ports.law.at(self.node_voltages[:, ports.nodes], values)
        return state.currents[..., : ports.law.n_outer].reshape(self.n_samples, -1)

    def row_currents(self, layer: Any) -> Array:
        """Return what a crossbar takes from its rows. Shape ``(n_samples, n_rows)``, A.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: It is no crossbar.
        """
        return self._crossbar_currents(layer)[0]

    def column_currents(self, layer: Any) -> Array:
        """Return what a crossbar delivers into its columns. Shape ``(n_samples, n_columns)``, A.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: It is no crossbar.
        """
        return self._crossbar_currents(layer)[1]

    def _crossbar_currents(self, layer: Any) -> tuple[Array, Array]:
        name = getattr(layer, "name", layer)
        self.circuit.nodes_of(name)
        for array in self.circuit.element_arrays:
            if array.layer == name and isinstance(array.topology, Crossbar):
                return crossbar_currents(array, self.parameters, self.inputs, self.node_voltages)
        raise UnsupportedError(
            f"Layer {name!r} is no crossbar, so it has no rows and columns.",
            "take its branch currents: currents(layer)",
        )

    def total_power(self) -> Array:
        """Return what all devices take up and sources deliver. Shape ``(n_samples,)``, W."""
        names = [array.name for array in self.circuit.element_arrays]
        names += [clamps.name for clamps in self.circuit.clamps]
        names += [ports.name for ports in self.circuit.ports]
        parts = [self.flows.power[name] for name in names]
        return np.asarray(np.sum(parts, axis=0))

    @property
    def residual(self) -> float:
        """Worst node of all samples: unbalanced current relative to the currents there.

        An operating point is right at 1e-12 or below (float64).
        """
        return float(self.balance.imbalance().max(initial=0.0))

    @property
    def power_balance(self) -> float:
        """Worst sample: sum of all powers relative to their magnitudes.

        It proves the bookkeeping; the residual proves the solution.
        """
        state = self.flows
        total = np.abs(np.sum(list(state.power.values()), axis=0))
        rounding = (np.abs(self.node_voltages) * state.floor).sum(axis=1)
        return float(relative(total, state.power_magnitude + rounding).max(initial=0.0))

    def subset(self, rows: Any) -> "OperatingPoints":
        """Return the operating points of some samples, which a slice, mask or numbers choose."""
        change, told = self.change, self.stability
        return OperatingPoints(
            compiled=self.compiled,
            parameters=self.parameters,
            inputs={name: array[rows] for name, array in self.inputs.items()},
            nudge={name: array[rows] for name, array in self.nudge.items()},
            free_voltages=self.free_voltages[rows],
            change=None if change is None else change[rows],
            stability=told and Stability(told.is_stable[rows], told.has_several[rows]),
        )

    def has_values_of(self, other: "OperatingPoints") -> bool:
        """Tell whether both were solved at equal parameters."""
        return _are_equal(self.parameters, other.parameters)

    def check_starts(self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]) -> None:
        """Refuse another phase at other values: its changes would count from no point of these.

        Raises:
            ParameterError: The parameters or the inputs differ from those of this solve.
        """
        pairs = ("parameters", self.parameters, parameters), ("inputs", self.inputs, inputs)
        for what, mine, theirs in pairs:
            if not _are_equal(mine, theirs):
                raise ParameterError(
                    f"A nudged phase starts at a free phase of other {what}.",
                    "solve the free phase at the same parameters and inputs, or leave out `start`",
                )

    @classmethod
    def joined(cls, parts: Sequence["OperatingPoints"]) -> "OperatingPoints":
        """Return the operating points of the shards of one batch.

        Raises:
            ParameterError: They were solved at different parameters: their currents and powers
                would be those of one part's values.
        """
        first = parts[0]
        if len(parts) == 1:
            return first
        if not all(first.has_values_of(part) for part in parts[1:]):
            raise ParameterError(
                f"{len(parts)} sets of operating points were solved at different parameters.",
                "keep them apart, or solve all of them at the same parameters",
            )
        changes = [part.change for part in parts if part.change is not None]
        examined = [part.stability for part in parts if part.stability is not None]
        return attrs.evolve(
            first,
            inputs=_joined([part.inputs for part in parts]),
            nudge=_joined([part.nudge for part in parts]),
            free_voltages=np.concatenate([part.free_voltages for part in parts]),
            change=np.concatenate(changes) if changes else None,
            stability=Stability(
                np.concatenate([part.is_stable for part in examined]),
                np.concatenate([part.has_several for part in examined]),
            )
            if examined
            else None,
        )

    def __repr__(self) -> str:
        phase = "nudged" if self.nudge else "free"
        return (
            f"OperatingPoints({phase}, n_samples={self.n_samples}, "
            f"n_nodes={len(self.circuit.visible_nodes)}, residual={self.residual:.1e}"
            f"{self._told_of_stability()})"
        )

    def _told_of_stability(self) -> str:
        told = ""
        if self.stability is not None and self.stability.has_several.any():
            told = f", several operating points in {int(self.stability.has_several.sum())} samples"
        if self.stability is not None and not self.stability.is_stable.all():
            told += f", unstable in {int((~self.stability.is_stable).sum())}"
        return told


def _are_equal(mine: Mapping[str, Array], theirs: Mapping[str, Array]) -> bool:
    return mine is theirs or (
        mine.keys() == theirs.keys()
        and all(v is theirs[n] or np.array_equal(v, theirs[n]) for n, v in mine.items())
    )


def _joined(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


class PrecisionWarning(UserWarning):
    """A circuit is solved in float64 because float32 does not hold it."""


class SeveralPointsWarning(UserWarning):
    """A circuit has several operating points; one of them was taken."""


class Simulator(ABC):
    """A compiled circuit that solves batches; values are arguments of each solve."""

    def finer(self, why: str) -> "Simulator | None":
        """Return a simulator of the same circuit that rounds less; None: there is none.

        Args:
            why: What is lost in rounding; told once, as a `PrecisionWarning`.
        """
        del why
        return None

    @abstractmethod
    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        """Solve a batch.

        Args:
            parameters: Parameter name to array, all finite and within bounds.
            inputs: Input name to ``(n_samples, n_elements)``, V.
            nudge: Output name to the current injected into its heads,
                ``(n_samples, n_predictions)``, A. The result then holds `change`.
            start: Where the nudged phase starts: the free phase of the same samples.

        Raises:
            ConvergenceError: Names backend, phase, samples, worst node and its residual.
            ParameterError: `start` was solved at other parameters or inputs.
        """

    def clamped(self, free: OperatingPoints, displacement: Array) -> OperatingPoints | None:
        """Solve a batch with its predictions held at a distance from a free phase.

        Args:
            free: The free phase, of this circuit.
            displacement: Of every prediction, output after output. Shape ``(n_samples,
                n_ports)``, V.

        Returns:
            Points that hold their change; `nudge` is what holds the predictions there. None:
            this simulator cannot hold these outputs, so that such currents must be searched.

        Raises:
            ConvergenceError: The predictions cannot be held there; names output and sample.
        """
        del free, displacement
        return None

    def memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        """Return how many bytes solving a batch takes at most, about; 0: not known.

        Args:
            parameters: Parameter name to array.
            n_samples: Size of the batch.
        """
        return 0

    def close(self) -> None:  # noqa: B027 (a simulator without resources has nothing to free)
        """Free what the simulator holds outside Python."""


class Backend(ABC):
    """A way to solve circuits; holds settings only."""

    name: ClassVar[str]
    """The backend's key in the registry, in `fit(backend=...)` and in files."""

    def trajectory(
        self,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        capacitances: Array,
        phases: Sequence[TimedPhase],
    ) -> Trajectory:
        """Return node voltages in time, from discharged capacitors.

        Args:
            compiled: The circuit.
            parameters: Parameter name to array.
            inputs: Input name to ``(n_samples, n_elements)``, V.
            capacitances: From each node to ground; 0: none. Shape ``(n_nodes,)``, F.
            phases: One after the other.

        Raises:
            UnsupportedError: The backend has no transient analysis, or not of this circuit.
        """
        raise UnsupportedError(
            f"The backend {self.name!r} has no transient analysis.", 'use "native" or "ngspice"'
        )

    @abstractmethod
    def compile(self, compiled: CompiledCircuit) -> Simulator:
        """Return a simulator of a circuit.

        Raises:
            UnsupportedError: An element cannot be represented exactly; names it and says why.
        """
