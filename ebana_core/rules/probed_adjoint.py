"""The adjoint as hardware can measure it: by currents into nodes and the outputs' responses."""

from collections.abc import Iterator, Mapping
from typing import final

import attrs
import numpy as np
from scipy.linalg import hadamard

from ebana_core.arrays import Array, exact
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import own_settings
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import CurrentSources
from ebana_core.errors import UnsupportedError
from ebana_core.local_rules import Trainable
from ebana_core.rules.backpropagation import AdjointSums
from ebana_core.rules.free_phase import FreePhaseRule
from ebana_core.rules.measurement import Measurement
from ebana_core.rules.rule import RuleResult, Samples
from ebana_core.rules.transposed import has_devices
from ebana_core.validators import instance, number, word

PROBES = "ebana_probes"
"""Name of the ports of the probes, which no layer can have beside it."""
PATTERNS = ("hadamard", "single")


@final
@attrs.frozen
class ProbedAdjoint(FreePhaseRule):
    r"""The exact gradient from measured responses: no transposed equations, and no reciprocity.

    The multiplier of a node is how far a current into it moves the loss, :math:`\lambda_n = \sum_k
    dL/dp_k \; dp_k/dI_n`. Currents of size `current` are driven into all N nodes together, with the
    signs of a row of a Hadamard matrix of order M >= N, once and once more with all signs changed;
    half of the difference of the predictions is one response r. As the rows are orthogonal,
    :math:`\lambda_n = \sum_i H_{in} r_i / (M I)`. Every response counts for every node, so that
    noise of variance s² in a response leaves s²/(M I²), a share 1/M of what probing one node after
    the other leaves with the same currents. The gradient of a conductance is then minus its drop
    times the difference of the multipliers at its ends.

    A batch is solved 2 M times. The bias is second order in `current`.

    Args:
        current: Of a probe, A, above zero: as large as the devices stay straight.
        patterns: ``"hadamard"``, or ``"single"``: one node after the other.
        measurement: The converter that reads the predictions; None: they are known exactly. Its
            ``range`` is one of predictions, V.

    Raises:
        ParameterError: Not in these ranges.

    Examples:
        >>> ProbedAdjoint(current=1e-9).patterns
        'hadamard'

    Source:
        Sylvester 1867 (the matrices); Harwit and Sloane 1979, Hadamard Transform Optics (weighing
        several unknowns at a time); the multipliers as responses are those of `Adjoint`.
    """

    strength_name = "current"
    spoiled = "responses to small currents"

    current: float = attrs.field(
        validator=number("give the current of a probe, above 0 A", above=0.0)
    )
    patterns: str = attrs.field(default="hadamard", validator=word(*PATTERNS))
    measurement: Measurement | None = attrs.field(
        default=None,
        kw_only=True,
        validator=instance(Measurement | None, "give a Measurement, or None"),
    )

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def found(
        self, simulator: Simulator, free: OperatingPoints, samples: Samples, trainable: Trainable
    ) -> RuleResult:
        compiled, parameters = free.compiled, free.parameters
        _check(compiled, trainable)
        probed = simulator.simulator_of(compiled.once(with_probes))
        if probed is None:
            raise UnsupportedError(
                "ProbedAdjoint drives currents into inner nodes, and this simulator has no ports "
                "there.",
                "use the backend 'native' or 'ngspice'",
            )
        start = probed.operating_points(parameters, samples.inputs)
        gradients = samples.loss_gradients(free)
        measured = _Measured(self, probed, start, gradients)
        multipliers = measured.multipliers(compiled, parameters)
        found = AdjointSums(free, gradients, frozenset(trainable), multipliers=multipliers)
        order = len(list(measured.signs()))
        return RuleResult(
            gradient_sums=found.result(),
            phases={"free": free},
            n_points=(1 + 2 * order) * samples.n_samples,
        )


def with_probes(compiled: CompiledCircuit) -> CompiledCircuit:
    """Return the circuit with a port from ground into every root node."""
    roots = compiled.constraints.unknowns
    ports = CurrentSources(
        name=PROBES, layer=PROBES, heads=roots, tails=np.full(len(roots), GROUND)
    )
    circuit = compiled.circuit
    return compile_circuit(attrs.evolve(circuit, elements=(*circuit.elements, ports)))


def _check(compiled: CompiledCircuit, trainable: Trainable) -> None:
    """Refuse what follows from no multipliers of nodes alone.

    Raises:
        UnsupportedError: Names the parameter.
    """
    for name, local in trainable.items():
        if local is not None or not has_devices(compiled.circuit, name):
            what = "has a grad_func" if local is not None else "is no value of devices at nodes"
            raise UnsupportedError(
                f"{name!r} {what}, and ProbedAdjoint measures how the loss follows currents into "
                "nodes.",
                "freeze its layer, or use Adjoint or AsymmetricPropagation",
            )


@final
@attrs.frozen(eq=False)
class _Measured:
    """One batch whose nodes are probed.

    Args:
        rule: The settings.
        simulator: Of the circuit with ports.
        start: Its free phase.
        gradients: Output name to dL/dp, ``(n_samples, n_predictions)``.
    """

    rule: ProbedAdjoint
    simulator: Simulator
    start: OperatingPoints
    gradients: Mapping[str, Array]

    def signs(self) -> Iterator[Array]:
        """Yield the signs of the currents of each probe, one per root node."""
        n_nodes = len(self.start.compiled.constraints.unknowns)
        if self.rule.patterns == "single":
            yield from np.eye(n_nodes)
            return
        order = 1 << max(n_nodes - 1, 0).bit_length()
        yield from hadamard(order, dtype=np.float64)[:, :n_nodes]

    def multipliers(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> Array:
        """Return those of all nodes. Shape ``(n_samples, n_nodes)``, unit of the loss over A."""
        roots = compiled.constraints.unknowns
        total, weight = np.zeros((self.start.n_samples, len(roots))), np.zeros(len(roots))
        for k, signs in enumerate(self.signs()):
            total += self._response(k, signs)[:, None] * signs
            weight += signs**2
        at_roots = total / (weight * self.rule.current)
        result = np.zeros((len(at_roots), compiled.circuit.n_nodes))
        result[:, roots] = at_roots
        # A current into a node that follows another acts there by the amplifiers' gains.
        scale = compiled.scales(parameters)
        root = compiled.constraints.root
        return np.asarray(result[:, root] / np.where(root == GROUND, 1.0, scale))

    def _response(self, probe: int, signs: Array) -> Array:
        """Return how far the loss follows one pattern of currents. Shape ``(n_samples,)``."""
        n_samples = self.start.n_samples
        nudge = {PROBES: np.tile(self.rule.current * signs, (n_samples, 1))}
        both = self.simulator.both_ways(nudge, self.start)
        if both is None:
            start = self.start
            both = (
                self._solved(nudge, start),
                self._solved({PROBES: -nudge[PROBES]}, start),
            )
        moved = [self._moved(2 * probe + side, points) for side, points in enumerate(both)]
        response = np.zeros(n_samples)
        for name, gradient in self.gradients.items():
            response += (gradient * (moved[0][name] - moved[1][name])).sum(axis=1) / 2
        return response

    def _solved(self, nudge: Mapping[str, Array], start: OperatingPoints) -> OperatingPoints:
        return self.simulator.operating_points(start.parameters, start.inputs, nudge, start)

    def _moved(self, reading: int, points: OperatingPoints) -> dict[str, Array]:
        """Return how far predictions read from the free ones, V; the same reading has one noise."""
        change, converter, moved = points.change, self.rule.measurement, {}
        assert change is not None
        free = self.start.predictions()
        for output in points.circuit.outputs:
            if output.name == PROBES:
                continue
            apart = exact(change[:, output.heads] - change[:, output.tails])
            if converter is not None:
                rng = converter.generator(f"{output.name}/{reading}", points.free_voltages)
                # The converter sees whole predictions: its noise, range and codes are theirs.
                apart = converter.reading(free[output.name] + apart, rng) - free[output.name]
            moved[output.name] = apart
        return moved
