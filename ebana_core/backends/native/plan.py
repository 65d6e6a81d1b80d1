"""The plan of a circuit: all that follows from its structure alone, found once."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ebana_core.arrays import Array, columns
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.beside import BesidePlan
from ebana_core.backends.native.choose import Choice
from ebana_core.backends.native.conditioning import LARGEST, ROOM
from ebana_core.backends.native.devices import DeviceArray, DevicePlan
from ebana_core.backends.native.digits import Digits
from ebana_core.backends.native.equations import Limits
from ebana_core.backends.native.injections import find_injections
from ebana_core.backends.native.known_bound import KnownBound
from ebana_core.backends.native.linear_plan import LinearPlan
from ebana_core.backends.native.node_spans import NodeSpan, add_distinct, find_spans
from ebana_core.backends.native.solvers.compiled_devices import CompiledDevices
from ebana_core.backends.native.sparse_linear import SparseLinearPlan
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian
from ebana_core.circuit.clamps import find_bounds
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.given import parameters_among
from ebana_core.latest import Latest


class Plan:
    """All that follows from the structure of a circuit alone."""

    def __init__(self, compiled: CompiledCircuit, library: ArrayLibrary, choice: Choice) -> None:
        self.compiled, self.library, self.choice = compiled, library, choice
        self.partition = choice.partition
        self.linear: LinearPlan | SparseLinearPlan
        if choice.has_sparse_currents:
            self.linear = SparseLinearPlan(compiled, self.partition)
        else:
            self.linear = LinearPlan(compiled, self.partition)
        devices = DevicePlan(compiled, self.partition, library)
        self.beside = BesidePlan(compiled, choice, devices, library)
        self.digits = Digits(self.partition, is_chained=choice.method.name == "chained")
        self.known_bound = KnownBound(largest=LARGEST, room=ROOM)
        self._following = [span.on(library) for span in self._find_following()]
        self.nodes = library.places(self.partition.nodes)
        self.injections = find_injections(compiled.circuit, self.partition)
        roots = compiled.constraints.root
        clamps = compiled.circuit.clamps
        self.bounds_are_fixed = all((roots[c.nodes] == c.nodes).all() for c in clamps)
        self._limits: Latest[Limits] = Latest()
        self._compiled: tuple[tuple[DeviceArray, ...], CompiledDevices | None] | None = None

    @cached_property
    def terminal_jacobian(self) -> TerminalJacobian:
        """The pattern of the Jacobian of a circuit with devices of several terminals."""
        assert isinstance(self.linear, SparseLinearPlan)
        return TerminalJacobian(self.compiled, self.partition, self.linear.pattern)

    def _find_following(self) -> list[NodeSpan]:
        """Return the nodes that follow unknowns: in few spans where these are numbered apart."""
        of_node = self.partition.of_node
        if self.choice.order is None:
            spans = find_spans(np.arange(len(of_node)), self.compiled, self.partition)
            return [span for span in spans if span.unknowns is not None]
        nodes = np.flatnonzero(of_node < self.partition.n_unknowns)
        is_tied = bool((self.compiled.constraints.root[nodes] != nodes).any())
        return [NodeSpan(slice(0, len(nodes)), nodes, of_node[nodes], False, is_tied, is_tied)]

    def compiled_devices(self, devices: tuple[DeviceArray, ...]) -> CompiledDevices | None:
        """Return devices as compiled code reads them, made once while they are the same ones."""
        kept = self._compiled
        if kept is None or kept[0] is not devices:
            kept = self._compiled = devices, CompiledDevices.of(devices)
        return kept[1]

    def limits(self, parameters: Mapping[str, Array], offsets: Array) -> Limits:
        """Return the bounds by ideal diodes on all unknowns, V.

        Args:
            parameters: Parameter name to array.
            offsets: Node voltages at which every unknown is 0 V, NumPy's; counts only where
                diodes stand behind amplifiers.
        """
        circuit = self.compiled.circuit
        if not self.bounds_are_fixed:
            return self._limits_at(parameters, offsets)
        given = parameters_among((clamps.bound for clamps in circuit.clamps), parameters)
        return self._limits.at(given, lambda: self._limits_at(parameters, offsets))

    def _limits_at(self, parameters: Mapping[str, Array], offsets: Array) -> Limits:
        bounds = find_bounds(self.compiled.circuit, self.compiled.constraints, parameters, offsets)
        places, n_unknowns = self.partition.of_node[bounds.nodes], self.partition.n_unknowns
        lower = np.full((len(bounds.lower), n_unknowns), -np.inf)
        upper = np.full((len(bounds.lower), n_unknowns), np.inf)
        lower[:, places], upper[:, places] = bounds.lower, bounds.upper
        return Limits(self.library.take(lower), self.library.take(upper))

    def spread(self, x: Array, scale: Array, offsets: Array) -> Array:
        """Return the voltages of all nodes; `offsets` is overwritten with them, V.

        Args:
            x: Unknowns, V.
            scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
            offsets: Node voltages at which every unknown is 0 V.
        """
        for span in self._following:
            own = columns(x, span.unknowns)
            add_distinct(offsets, span.nodes, own * scale[span.nodes] if span.is_scaled else own)
        return offsets
