"""Equilibrium Propagation where circuits are not reciprocal: amplifiers, transistors, any block.

With f the currents that leave the nodes, v the free voltages and A = df/dv there, a nudge moves
the nodes by ``-beta*inv(A) @ dL/dv``. The gradient needs the transposed response, ``D =
-beta*inv(A.T) @ dL/dv``. The two are one only where A is symmetric.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.backends.linearized import Linearized
from ebana_core.checking import own_settings
from ebana_core.errors import PhaseError
from ebana_core.local_rules import Trainable
from ebana_core.papers.entries import SCURRIA_2026
from ebana_core.rules.backpropagation import AdjointSums
from ebana_core.rules.contrasts import contrast_sums
from ebana_core.rules.free_phase import FreePhaseRule
from ebana_core.rules.phased import VARIANTS, Variant, is_positive
from ebana_core.rules.phases import Phases
from ebana_core.rules.rule import RuleResult, Samples
from ebana_core.rules.transposed import Transposed, is_branch_value, terminal_sums
from ebana_core.validators import word


class TransposedRule(FreePhaseRule):
    """Compares the free phase with phases that are displaced by the transposed response.

    The displaced phases are no operating points of the circuit itself, so that a run keeps the
    free phase alone. Values of sources, amplifiers and ideal diodes have no drop to compare: their
    derivative is the pull at the nodes that they hold, as in `Adjoint`.
    """

    strength_name = "beta"
    spoiled = "a displacement, whose devices are compared"

    @abstractmethod
    def compared(self, transposed: Transposed, by_nodes: Array) -> Phases:
        """Return the two phases to compare.

        Args:
            transposed: Solves for displacements.
            by_nodes: dL/dv at the free voltages. Shape ``(n_samples, n_nodes)``, V.
        """

    def found(
        self, simulator: Simulator, free: OperatingPoints, samples: Samples, trainable: Trainable
    ) -> RuleResult:
        del simulator
        linearized, gradients = Linearized(free), samples.loss_gradients(free)
        transposed = Transposed(free, linearized)
        phases = self.compared(transposed, linearized.by_nodes(gradients))
        return RuleResult(
            gradient_sums=_sums(free, gradients, trainable, phases), phases={"free": free}
        )


def _sums(
    free: OperatingPoints, gradients: Mapping[str, Array], trainable: Trainable, phases: Phases
) -> dict[str, Array]:
    circuit, parameters = free.circuit, free.parameters
    own = {
        name: local
        for name, local in trainable.items()
        if local is not None or is_branch_value(circuit, name)
    }
    sums = dict(contrast_sums(free.compiled, parameters, own, phases, None))
    terminal_sums(sums, circuit, parameters, set(trainable) - set(sums), phases)
    others = set(trainable) - set(sums)
    if others:
        sums |= AdjointSums(free, gradients, others).result()
    return sums


def _check_beta(rule: "AsymmetricPropagation | DyadicPropagation") -> None:
    if not is_positive(rule.beta):
        raise PhaseError(
            f"{type(rule).__name__} has beta={rule.beta!r}.", "give a finite number above zero (S)"
        )
    own_settings(rule)


@final
@attrs.frozen
class AsymmetricPropagation(TransposedRule):
    r"""Equilibrium Propagation with a nudged phase that undoes the circuit's asymmetry.

    While nudged, the nodes draw :math:`(A^T - A) D` more, with :math:`D` their distance from the
    free phase: :math:`f(v + D) - f(v) + (A^T - A) D = -\beta\, dL/dv`, whose displacement for a
    small beta is the transposed response. In a circuit of amplifiers that is the circuit with every
    amplifier turned round (gain 1/A from input to output for changes); beside devices of several
    terminals stand gyrators of the antisymmetric part of their slopes. What each device compares
    is its own contrast, ``(q_plus - q_minus)/(2*beta)``, whose error is second order in beta, and
    first order where only one side is taken. In a reciprocal circuit without amplifiers it is
    `EquilibriumPropagation`.

    Args:
        beta: Nudging strength, S for losses in V², above zero for every variant.
        variant: ``"centered"``, ``"positive"`` or ``"negative"`` (nudged by -beta).

    Raises:
        PhaseError: `beta` is not a finite number above zero.
        ParameterError: Unknown variant.

    Examples:
        >>> AsymmetricPropagation(beta=1e-7).variant
        'centered'

    Source:
        Scurria, Vanden Abeele, Mognetti and Massar 2026, arXiv:2602.03670 (a force that is not
        the gradient of an energy); the form for circuits with amplifiers is derived here.
    """

    beta: float
    variant: Variant = attrs.field(default="centered", validator=word(*VARIANTS))

    def __attrs_post_init__(self) -> None:
        _check_beta(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (SCURRIA_2026,)

    def compared(self, transposed: Transposed, by_nodes: Array) -> Phases:
        free = transposed.voltages
        if self.variant == "centered":
            plus, minus = (transposed.displacement(b, by_nodes) for b in (self.beta, -self.beta))
            return Phases(free=free, before=minus, after=plus, factor=1 / (2 * self.beta))
        width = self.beta if self.variant == "positive" else -self.beta
        moved = transposed.displacement(width, by_nodes)
        return Phases(free=free, before=None, after=moved, factor=1 / width)


@final
@attrs.frozen
class DyadicPropagation(TransposedRule):
    r"""Equilibrium Propagation with two copies of the state, whose difference is the adjoint.

    With the copies :math:`v \pm D/2`, the function :math:`D \cdot f(v) + \beta L(v)` is stationary
    where :math:`f(v) = 0` (by D) and :math:`A^T D = -\beta\, dL/dv` (by v): the mean is the free
    phase and the difference the adjoint, whatever beta is. Each device compares the two copies,
    ``q(v + D/2) - q(v - D/2)`` over beta. For a conductance that is exact at any beta, for a
    bending device to second order.

    Args:
        beta: Size of the difference between the copies, S for losses in V², above zero.

    Raises:
        PhaseError: `beta` is not a finite number above zero.

    Examples:
        >>> DyadicPropagation(beta=1e-7).beta
        1e-07

    Source:
        Scurria, Vanden Abeele, Mognetti and Massar 2026, arXiv:2602.03670 (the energy of an
        augmented state); the form for circuits is derived here.
    """

    beta: float

    def __attrs_post_init__(self) -> None:
        _check_beta(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (SCURRIA_2026,)

    def compared(self, transposed: Transposed, by_nodes: Array) -> Phases:
        half = transposed.response(self.beta * by_nodes) / 2
        return Phases(free=transposed.voltages, before=-half, after=half, factor=1 / self.beta)
