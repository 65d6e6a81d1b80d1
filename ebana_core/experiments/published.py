"""A figure that a paper states, and whether a measured one reaches it."""

from typing import Any, final

import attrs

from ebana_core.checking import checked_number, shown
from ebana_core.errors import ParameterError
from ebana_core.validators import truth


def check_text(owner: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Let words pass; refuse an empty text, and anything else."""
    if not (isinstance(value, str) and value.strip()):
        raise ParameterError(
            f"{type(owner).__name__} has {field.name}={shown(value)}.", "say it in words"
        )


@final
@attrs.frozen(kw_only=True)
class Published:
    """One figure that a paper states.

    Args:
        measure: What was measured, in words: ``"test error"``. The experiment measures under
            this name.
        value: The number.
        unit: Of the number: ``"%"``, ``"V²"``; ``"1"`` for a pure number.
        where: The place in the paper: ``"table 1"``, ``"section 4.2"``.
        higher_is_better: Whether a larger number is a better result.
        within: Share of the value by which a result may differ, above or below, where neither
            side is better: an exponent, a critical noise. None: one side is better.

    Raises:
        ParameterError: An empty text, or a value that is not a finite number.
    """

    measure: str = attrs.field(validator=check_text)
    value: float
    unit: str = attrs.field(validator=check_text)
    where: str = attrs.field(validator=check_text)
    higher_is_better: bool = attrs.field(default=False, validator=truth)
    within: float | None = None

    def __attrs_post_init__(self) -> None:
        number = checked_number(self.value, "Published has value", "give the number of the paper")
        object.__setattr__(self, "value", number)
        if self.within is not None:
            share = checked_number(
                self.within, "Published has within", "give a share such as 0.1", above=0.0
            )
            object.__setattr__(self, "within", share)
            if number == 0:
                raise ParameterError(
                    "Published has value=0 and within, a share of it.",
                    "say by higher_is_better which side is better",
                )

    def __str__(self) -> str:
        return f"{self.measure} {self.wanted} ({self.where})"

    @property
    def wanted(self) -> str:
        """The number with its unit, and how far a result may be from it where both sides count."""
        about = "" if self.within is None else f" ± {100 * self.within:.3g} %"
        return self.shown(self.value) + about

    def shown(self, value: float) -> str:
        """Return a number with this figure's unit, in four digits."""
        return f"{value:.4g}" if self.unit == "1" else f"{value:.4g} {self.unit}"

    def is_met(self, value: float) -> bool:
        """Tell whether a measured number is at least as good."""
        if self.within is not None:
            return abs(value - self.value) <= self.within * abs(self.value)
        return value >= self.value if self.higher_is_better else value <= self.value
