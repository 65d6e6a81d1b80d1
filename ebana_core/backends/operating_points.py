"""Solved operating points of a batch, and what follows from them: currents, powers, residuals."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, columns, host, joined, shown
from ebana_core.backends.same_values import are_equal, check_one_phase, check_one_set
from ebana_core.backends.several_points import Stability
from ebana_core.checking import check_word
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.currents import crossbar_currents
from ebana_core.circuit.flows import Flows
from ebana_core.circuit.kirchhoff import Balance, balance
from ebana_core.circuit.names import layer_name
from ebana_core.circuit.node_sums import Detail
from ebana_core.objects import checked_instance, checked_instances, checked_rows


@attrs.frozen(eq=False, kw_only=True, repr=False)
class OperatingPoints:
    """Solved DC operating points of a batch, every node and every current.

    Nothing derived is kept: what needs several powers or currents asks `flows` once.

    Args:
        compiled: The circuit.
        parameters: Parameter values of the solve.
        inputs: Input name to sample voltages, ``(n_samples, n_elements)``, V.
        nudge: Output name to the current injected into its heads, A; empty in a free phase.
        solved_free: `free_voltages` as the simulator holds them, in its array library.
        solved_change: `change` likewise; None in a free phase.
        stability: Of the free phase; None: not examined, as of circuits with one point.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> points = model.operating_points({"xp": [[0.5]], "xn": [[-0.5]]})
        >>> points.at("d1").shape, points.power("d1").shape  # V and W, a row for each sample
        ((1, 2), (1,))
        >>> points.residual < 1e-12
        True
    """

    compiled: CompiledCircuit
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    nudge: Mapping[str, Array]
    solved_free: Array = attrs.field(alias="free_voltages")
    solved_change: Array | None = attrs.field(default=None, alias="change")
    stability: Stability | None = None

    @property
    def free_voltages(self) -> Array:
        """All nodes of the free phase, ground included. Shape ``(n_samples, n_nodes)``, V."""
        return shown(host(self.solved_free))

    @property
    def change(self) -> Array | None:
        """Change of all voltages by the nudge, solved as such, V; None in a free phase."""
        return None if self.solved_change is None else shown(host(self.solved_change))

    @property
    def node_voltages(self) -> Array:
        """All nodes, ground included. Shape ``(n_samples, n_nodes)``, V."""
        moved = self.solved_change
        return shown(host(self.solved_free if moved is None else self.solved_free + moved))

    def on_host(self) -> "OperatingPoints":
        """Return a copy that holds NumPy arrays alone."""
        return attrs.evolve(self, free_voltages=self.free_voltages, change=self.change)

    @property
    def is_read(self) -> bool:
        """Whether voltages are readings with noise, so that even those of sources differ."""
        return False

    @property
    def circuit(self) -> Circuit:
        """The circuit that was solved."""
        return self.compiled.circuit

    @property
    def n_samples(self) -> int:
        """Number of operating points."""
        return int(self.solved_free.shape[0])

    def balance(self, detail: Detail) -> Balance:
        """Return Kirchhoff's laws on these voltages, as far as `detail` says."""
        check_word(detail, "detail", get_args(Detail))
        return balance(
            self.circuit,
            self.compiled.constraints,
            self.node_voltages,
            self.parameters,
            self.inputs,
            self.nudge,
            detail=detail,
        )

    def flows(self) -> Flows:
        """Return all currents and powers, which are computed here."""
        return Flows(
            self.circuit, self.parameters, self.inputs, self.node_voltages, self.balance("powers")
        )

    def predictions(self) -> dict[str, Array]:
        """Return output name to raw predictions, ``(n_samples, n_predictions)``, V."""
        return {
            output.name: host(self._solved_at(output.heads) - self._solved_at(output.tails))
            for output in self.circuit.outputs
        }

    def _solved_at(self, nodes: IntArray) -> Array:
        """Return voltages of some nodes in the simulator's array library, V."""
        free, moved = columns(self.solved_free, nodes), self.solved_change
        return free if moved is None else free + columns(moved, nodes)

    @property
    def voltages(self) -> Array:
        """Voltages of the nodes that layers show. Shape ``(n_samples, n_nodes)``, V."""
        return host(self._solved_at(self.circuit.visible_nodes))

    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of the nodes in `voltages`, for example ``"d1[7]"``."""
        names = tuple(self.circuit.node_names)
        return tuple(names[node] for node in self.circuit.visible_nodes)

    def at(self, layer: Any) -> Array:
        """Return the voltages of the nodes that a layer (or its name) presents, V.

        Raises:
            UnknownNameError: There is no such layer.
        """
        return host(self._solved_at(self.circuit.nodes_of(layer_name(layer))))

    def power(self, layer: Any) -> Array:
        """Return the power that a layer takes up, W; see `Flows.power`."""
        return self.flows().power(layer)

    def total_power(self) -> Array:
        """Return what all devices take up, W; see `Flows.total_power`."""
        return self.flows().total_power()

    def currents(self, layer: Any) -> dict[str, Array]:
        """Return the branch currents of a layer by element, A; see `Flows.currents`."""
        return self.flows().currents(layer)

    def row_currents(self, layer: Any) -> Array:
        """Return what a crossbar takes from its rows (drains). Shape ``(n_samples, n_rows)``, A.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: It is no crossbar.
        """
        return self._crossbar_currents(layer)[0]

    def column_currents(self, layer: Any) -> Array:
        """Return what it delivers into its columns (sources). Shape ``(n_samples, n_columns)``, A.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: It is no crossbar.
        """
        return self._crossbar_currents(layer)[1]

    def _crossbar_currents(self, layer: Any) -> tuple[Array, Array]:
        name = self.circuit.checked_layer(layer)
        return crossbar_currents(
            self.circuit, name, self.parameters, self.inputs, self.node_voltages
        )

    @property
    def residual(self) -> float:
        """Worst node of all samples: unbalanced current relative to the currents there.

        An operating point is right at 1e-12 or below (float64).
        """
        return float(self.balance("magnitudes").imbalance().max(initial=0.0))

    @property
    def power_balance(self) -> float:
        """Worst sample: sum of all powers relative to their magnitudes.

        It proves the bookkeeping; the residual proves the solution.
        """
        powers = self.balance("powers")
        return float(powers.power_imbalance(self.node_voltages).max(initial=0.0))

    def subset(self, rows: Any) -> "OperatingPoints":
        """Return the operating points of some samples: of a slice, numbers, or a mask.

        Raises:
            DataError: There is no such sample.
        """
        rows = checked_rows(rows, self.n_samples, "rows")
        change, told = self.change, self.stability
        return OperatingPoints(
            compiled=self.compiled,
            parameters=self.parameters,
            inputs={name: array[rows] for name, array in self.inputs.items()},
            nudge={name: array[rows] for name, array in self.nudge.items()},
            free_voltages=self.free_voltages[rows],
            change=None if change is None else change[rows],
            stability=told and told.subset(rows),
        )

    def has_values_of(self, other: "OperatingPoints") -> bool:
        """Tell whether both were solved at equal parameters."""
        checked_instance(other, OperatingPoints, "other", "give operating points")
        return are_equal(self.parameters, other.parameters)

    @classmethod
    def joined(cls, parts: Sequence["OperatingPoints"]) -> "OperatingPoints":
        """Return the operating points of the shards of one batch.

        Raises:
            ParameterError: They were solved at different parameters: their currents and powers
                would be those of one part's values; they are of several phases; or it is no list
                of them.
        """
        fix = "give a list of operating points"
        parts = checked_instances(parts, OperatingPoints, "parts", fix, at_least=1)
        check_one_set([part.parameters for part in parts])
        check_one_phase([part.nudge for part in parts])
        first = parts[0]
        if len(parts) == 1:
            return first
        changes = [change for part in parts if (change := part.change) is not None]
        examined = [part.stability for part in parts if part.stability is not None]
        return attrs.evolve(
            first,
            inputs=joined([part.inputs for part in parts]),
            nudge=joined([part.nudge for part in parts]),
            free_voltages=np.concatenate([part.free_voltages for part in parts]),
            change=np.concatenate(changes) if changes else None,
            stability=Stability.joined(examined),
        )

    def __repr__(self) -> str:
        phase = "nudged" if self.nudge else "free"
        return (
            f"OperatingPoints({phase}, n_samples={self.n_samples}, "
            f"n_nodes={len(self.circuit.visible_nodes)}, residual={self.residual:.1e}"
            f"{self.stability or ''})"
        )
