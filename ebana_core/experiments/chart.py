"""What of an experiment's curves is drawn over what: data alone, no drawing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, final

import attrs

from ebana_core.checking import checked_number
from ebana_core.errors import ParameterError
from ebana_core.experiments.published import check_text
from ebana_core.objects import checked_names
from ebana_core.validators import instance, truth


def _names(given: Iterable[str]) -> tuple[str, ...]:
    fix = "list the names under which curves are measured"
    return checked_names(given, "Chart has curves", fix, at_least=1)


_NAME = instance(str | None, "give the name of what is measured, or None")


@final
@attrs.frozen
class Axis:
    """One axis of a chart.

    Args:
        label: What stands along it: ``"test error"``.
        unit: Of its numbers: ``"%"``, ``"V²"``; ``"1"`` for a pure number.
        is_log: Whether it is logarithmic.

    Raises:
        ParameterError: An empty text.
    """

    label: str = attrs.field(validator=check_text)
    unit: str = attrs.field(default="1", validator=check_text)
    is_log: bool = attrs.field(default=False, validator=truth, kw_only=True)


@final
@attrs.frozen(kw_only=True)
class Chart:
    """A picture of curves that an experiment measures, one line per seed and curve.

    Args:
        caption: What one sees in it, in words.
        x: The horizontal axis.
        y: The vertical axis.
        curves: Names under which the experiment measures what is drawn.
        over: Name of the curve with the places along `x`; None: 0, 1, 2 and so on.
        slope: Exponent that the paper states: a dashed line has it, in logarithmic axes.
        beside: Name of a number that the experiment measures: each seed's stands beside the seed,
            where there is one curve. None: no number.

    Raises:
        ParameterError: An empty text, no curve, a slope in axes that are not logarithmic, or a
            number beside seeds of several curves.
    """

    caption: str = attrs.field(validator=check_text)
    x: Axis = attrs.field(validator=instance(Axis, "give an Axis"))
    y: Axis = attrs.field(validator=instance(Axis, "give an Axis"))
    curves: tuple[str, ...] = attrs.field(converter=_names)
    over: str | None = attrs.field(default=None, validator=_NAME)
    slope: float | None = None
    beside: str | None = attrs.field(default=None, validator=_NAME)

    def __attrs_post_init__(self) -> None:
        if self.beside is not None and len(self.curves) > 1:
            raise ParameterError(
                f"Chart has beside={self.beside!r} and {len(self.curves)} curves, whose colours "
                "tell no seeds.",
                "draw one curve, or leave the number out",
            )
        if self.slope is None:
            return
        number: Any = checked_number(self.slope, "Chart has slope", "give the paper's exponent")
        object.__setattr__(self, "slope", number)
        if not (self.x.is_log and self.y.is_log):
            raise ParameterError(
                f"Chart has slope={self.slope!r} in axes that are not logarithmic.",
                "give both axes is_log=True, or leave the slope out",
            )

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of all curves that it takes."""
        return self.curves if self.over is None else (self.over, *self.curves)


def check_drawn(
    name: str,
    charts: Iterable[Chart],
    numbers: Collection[str],
    curves: Mapping[str, Sequence[float]],
) -> None:
    """Refuse what an experiment measured where its charts lack something of it.

    Args:
        name: Of the experiment.
        charts: Of the experiment.
        numbers: Names of the numbers that it measured.
        curves: The curves that it measured.

    Raises:
        ParameterError: A curve or a number is missing, a curve is empty, or lengths differ.
    """
    own = f"Experiment {name!r} draws"
    for chart in charts:
        beside = set() if chart.beside is None else {chart.beside}
        for wanted, there, kind, form in (
            (set(chart.measured), curves, "curves", "list of numbers"),
            (beside, numbers, "numbers", "number"),
        ):
            missing = sorted(wanted - set(there))
            if missing:
                raise ParameterError(
                    f"{own} {missing} and measures the {kind} {sorted(there)}.",
                    f"return a {form} of that name from `measure` or `perform`",
                )
        sizes = {curve: len(curves[curve]) for curve in chart.measured}
        if not all(sizes.values()):
            raise ParameterError(
                f"{own} curves without a number: {sizes}.", "return at least one of each"
            )
        if chart.over is not None and len(set(sizes.values())) > 1:
            raise ParameterError(
                f"{own} curves of unequal lengths: {sizes}.",
                f"return as many numbers of each as of {chart.over!r}",
            )
