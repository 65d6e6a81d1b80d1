"""The interface of backends: one compiles a circuit into a simulator, which solves batches."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from ebana_core.arrays import Array
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.trajectory import TimedPhase, Trajectory
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import UnsupportedError


class PrecisionWarning(UserWarning):
    """A circuit is solved in float64 because float32 does not hold it."""


class Clamper(Protocol):
    """Solves a circuit with nodes of its outputs clamped through their resistors."""

    def points(
        self, free: OperatingPoints, voltages: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> OperatingPoints:
        """Solve a batch, sample by sample from its free phase; samples without a clamp stay free.

        Args:
            free: The free phase, of the circuit or of another chip of its kind.
            voltages: Name of the `SenseResistors` to what the sources of its nodes are at, V;
                nan: open. Shape ``(n_samples, n_nodes)``.
            parameters: Parameter name to array; those of `free`, but for another chip.

        Returns:
            Points that hold their change from `free`; `nudge` is what the clamps inject.

        Raises:
            ConvergenceError: See `Simulator.operating_points`.
        """
        ...


class Simulator(ABC):
    """A compiled circuit that solves batches; values are arguments of each solve.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> simulator = model.simulator("native")
        >>> inputs = {"xp": [[0.5]], "xn": [[-0.5]]}
        >>> isinstance(simulator, Simulator)
        True
    """

    through: Clamper | None = None
    """What clamps outputs through their sense resistors; None: this simulator does not."""

    def finer(self, why: str) -> "Simulator | None":
        """Return a simulator of the same circuit that rounds less; None: there is none.

        Args:
            why: What is lost in rounding; told once, as a `PrecisionWarning`.
        """
        del why
        return None

    def simulator_of(self, compiled: CompiledCircuit) -> "Simulator | None":
        """Return a simulator of another circuit, with the same settings; None: it makes none.

        Args:
            compiled: This simulator's circuit with more ports, say. The last one's is kept.
        """
        del compiled
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

    def both_ways(
        self, nudge: Mapping[str, Array], start: OperatingPoints
    ) -> tuple[OperatingPoints, OperatingPoints] | None:
        """Solve a batch under a nudge and under its opposite in one go.

        Args:
            nudge: See `operating_points`.
            start: The free phase, of this circuit.

        Returns:
            What two calls of `operating_points` return, to the same bits or to rounding; None:
            this simulator needs two.
        """
        del nudge, start
        return None

    def predictions(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> dict[str, Array]:
        """Return output name to raw predictions of free phases, V.

        Shape ``(n_samples, n_predictions)`` each. A simulator may find them without the voltages
        of all nodes.

        Raises:
            ConvergenceError: See `operating_points`.
        """
        return self.operating_points(parameters, inputs).predictions()

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

    def prediction_memory(self, parameters: Mapping[str, Array], n_samples: int) -> int:
        """Return how many bytes `predictions` takes at most, about; 0: not known.

        Args:
            parameters: Parameter name to array.
            n_samples: Size of the batch.
        """
        return self.memory(parameters, n_samples)

    def close(self) -> None:  # noqa: B027 (a simulator without resources has nothing to free)
        """Free what the simulator holds outside Python."""


class Backend(ABC):
    """A way to solve circuits; holds settings only.

    Examples:
        >>> from ebana_core.backends import NativeBackend
        >>> isinstance(NativeBackend(), Backend)  # what `backend=` takes everywhere
        True
    """

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
