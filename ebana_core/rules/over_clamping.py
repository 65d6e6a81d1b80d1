"""Over-clamping: outputs are clamped beyond their targets, so that a small error is heard."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import own_settings
from ebana_core.errors import PhaseError
from ebana_core.papers.entries import DILLAVOU_2025, STERN_2021
from ebana_core.rules.coupled_learning import ClampingRule
from ebana_core.rules.measurement import Measurement
from ebana_core.rules.phased import Gradient, Variant, check_choices, is_positive
from ebana_core.validators import number


@final
@attrs.frozen
class OverClamping(ClampingRule):
    """Coupled learning whose clamps stand past the target, by a distance that never shrinks.

    A prediction that misses its target t by more than `tolerance` is clamped at ``p + eta*(t - p) +
    beyond*sign(t - p)``; one that does not stays where it is, and teaches nothing. Returns
    ``W*(q_clamped - q_free)/eta`` per trainable value, as `CoupledLearning` does: for one output,
    and to first order in the move, the output's conductance times the gradient of ``(t - p)²/2 +
    (beyond/eta)*|t - p|``.

    Where devices add errors of their own to every update, coupled learning ends at the error whose
    contrast is as small as theirs. This contrast stays as large as `beyond` makes it down to
    `tolerance`.

    Args:
        eta: Share of the way to the target, above 0 and at most 1.
        beyond: How far past it, V, above 0.
        tolerance: Largest distance from the target that counts as learned, V, at least 0.
        variant: See `CoupledLearning`, as for what follows.
        gradient: ``"local"`` or ``"exact"``.
        measurement: The converter that reads the drops; None: they are known exactly.

    Raises:
        PhaseError: `eta` or `beyond` is not in its range.
        ParameterError: `tolerance` is not; an unknown variant or gradient; a loss whose targets are
            not voltages.

    Examples:
        >>> OverClamping(eta=0.1, beyond=0.02).beyond  # V
        0.02

    Source:
        Dillavou, Guzman, Liu and Durian 2025, arXiv:2505.22887, propose clamps beyond the target
        against imperfect updates. The form of the clamp and the tolerance are EBANA's: the text of
        the method was not at hand.
    """

    eta: float
    beyond: float
    tolerance: float = attrs.field(
        default=0.0, validator=number("give a voltage of at least 0 V", at_least=0.0)
    )
    variant: Variant = "positive"
    gradient: Gradient = "local"
    measurement: Measurement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not (is_positive(self.eta) and self.eta <= 1):
            raise PhaseError(
                f"OverClamping has eta={self.eta!r}.",
                "give a number above 0 and at most 1; `beyond` leads past the target",
            )
        if not is_positive(self.beyond):
            raise PhaseError(
                f"OverClamping has beyond={self.beyond!r}.",
                "give a voltage above 0 V, or use CoupledLearning",
            )
        check_choices(self)
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (STERN_2021, DILLAVOU_2025)

    def way(self, distance: Array) -> Array:
        is_far = np.abs(distance) > self.tolerance
        return np.where(is_far, distance + self.beyond / self.eta * np.sign(distance), 0.0)
