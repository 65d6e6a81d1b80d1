"""What every simulator promises, and the operating points it returns."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import attrs

from ebana_core.arrays import Array
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.kirchhoff import Balance, balance


@attrs.frozen(eq=False, slots=False, kw_only=True)
class OperatingPoints:
    """Solved DC operating points of a batch, every node and every current.

    Args:
        compiled: The circuit.
        parameters: Parameter values of the solve.
        inputs: Input name to sample voltages, ``(n_samples, n_elements)``, V.
        nudge: Output name to the current injected into its heads, A; empty in a free phase.
        node_voltages: All nodes, ground included. Shape ``(n_samples, n_nodes)``, V.
        change: `node_voltages` minus those of the start, solved as such. Same shape; None in a
            free phase.
    """

    compiled: CompiledCircuit
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    nudge: Mapping[str, Array]
    node_voltages: Array
    change: Array | None = None

    @property
    def circuit(self) -> Circuit:
        """The circuit that was solved."""
        return self.compiled.circuit

    @property
    def n_samples(self) -> int:
        """Number of operating points."""
        return len(self.node_voltages)

    @cached_property
    def balance(self) -> Balance:
        """Kirchhoff's laws on these voltages."""
        return balance(
            self.circuit,
            self.compiled.constraints,
            self.node_voltages,
            self.parameters,
            self.inputs,
            self.nudge,
        )

    def predictions(self) -> dict[str, Array]:
        """Return output name to raw predictions, ``(n_samples, n_predictions)``, V."""
        return {
            output.name: self.node_voltages[:, output.heads] - self.node_voltages[:, output.tails]
            for output in self.circuit.outputs
        }


class Simulator(ABC):
    """A compiled circuit that solves batches; values are arguments of each solve."""

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
        """

    def close(self) -> None:  # noqa: B027 (a simulator without resources has nothing to free)
        """Free what the simulator holds outside Python."""


class Backend(ABC):
    """A way to solve circuits; holds settings only."""

    name: ClassVar[str]
    """The backend's key in the registry, in `fit(backend=...)` and in files."""

    @abstractmethod
    def compile(self, compiled: CompiledCircuit) -> Simulator:
        """Return a simulator of a circuit.

        Raises:
            UnsupportedError: An element cannot be represented exactly; names it and says why.
        """
