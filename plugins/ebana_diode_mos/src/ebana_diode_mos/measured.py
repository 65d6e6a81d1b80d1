"""A measured diode: straight lines between the points of a table of voltages and currents."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.checking import LARGEST, checked_numbers
from ebana_core.derived import derived
from ebana_core.errors import ParameterError
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.laws.straight_lines import StraightLines
from ebana_core.quantities import quantity
from ebana_core.units import in_unit

SCALE = quantity("scale", "1", default=1.0, above=0.0, meaning="multiplies all currents")
DIGITS = 10
"""Decimals of a point's number behind the first digit: ngspice reads no more of an expression.

Source:
    ngspice 39, src/frontend/inpcom.c, inp_modify_exp (``%18.10e``).
"""


def checked_points(owner: str, voltages: Any, currents: Any) -> "MeasuredTable":
    """Return the law of a table that somebody measured.

    Args:
        owner: What an error calls the owner of the table, for example ``"Layer 'act'"``.
        voltages: Rising, V. Shape ``(n_points,)``, two points or more.
        currents: Never falling, A. Same shape.

    Raises:
        ParameterError: Not two or more finite numbers each; voltages that do not rise, or currents
            that fall: names the points.
    """
    x, y = (
        _eleven_digits(_plain(owner, name, given, unit))
        for name, given, unit in (("voltages", voltages, "V"), ("currents", currents, "A"))
    )
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ParameterError(
            f"{owner} has voltages of shape {x.shape} and currents of shape {y.shape}.",
            "give two lists of equal length, one number per measured point, two points or more",
        )
    for name, numbers, unit in (("voltages", x, "V"), ("currents", y, "A")):
        if not np.isfinite(numbers).all():
            place = int(np.argmin(np.isfinite(numbers)))
            raise ParameterError(
                f"{owner} has {name}[{place}]={numbers[place]:g} {unit}.", "drop this point"
            )
    _check_rises(owner, x, y)
    return MeasuredTable(tuple(x.tolist()), tuple(y.tolist()))


def _plain(owner: str, name: str, given: Any, unit: str) -> Array:
    path = f"{owner} has {name}"
    return checked_numbers(in_unit(given, unit, path), path, error=ParameterError)


def _eleven_digits(numbers: Array) -> Array:
    return np.array([float(f"{item:.{DIGITS}e}") for item in numbers.ravel()]).reshape(
        numbers.shape
    )


def _check_rises(owner: str, x: Array, y: Array) -> None:
    wrong = np.flatnonzero(np.diff(x) <= 0)
    if len(wrong):
        k = int(wrong[0])
        raise ParameterError(
            f"{owner} has voltages[{k + 1}]={x[k + 1]:.11g} V behind {x[k]:.11g} V.",
            "sort the points by voltage, and keep one point per voltage (in eleven digits)",
        )
    wrong = np.flatnonzero(np.diff(y) < 0)
    if len(wrong):
        k = int(wrong[0])
        raise ParameterError(
            f"{owner} has a current that falls from {y[k]:.11g} A at {x[k]:.11g} V to "
            f"{y[k + 1]:.11g} A at {x[k + 1]:.11g} V: a circuit with it may have several operating "
            "points.",
            "smooth the measured currents, with numpy.maximum.accumulate for example",
        )
    with np.errstate(over="ignore"):
        slopes = np.diff(y) / np.diff(x)
    steep = np.flatnonzero(~(slopes <= LARGEST))
    if len(steep):
        k = int(steep[0])
        raise ParameterError(
            f"{owner} has a line steeper than {LARGEST:g} S between {x[k]:.11g} V and "
            f"{x[k + 1]:.11g} V.",
            "keep points that are further apart",
        )


@final
@attrs.frozen
class MeasuredTable(Law):
    r"""Straight lines between measured points, times a scale: :math:`i(v) = s\, i_0(v)`.

    Before the first point and behind the last one the outer lines go on with their slopes, so that
    solvers may pass there; what a real device does there was not measured.

    Values: ``scale``, a pure number that multiplies all currents: 1 for the measured device, its
    share of area or conductance for another of its kind.

    Args:
        voltages: Rising, V.
        currents: Never falling, A. As many.

    Source:
        Osana and Querlioz 2026 train networks of devices whose measured curve stands as straight
        lines; ngspice 39, src/spicelib/parser/ptfuncs.c, PTpwl (the same lines).
    """

    symbol = "diode"

    voltages: tuple[float, ...]
    currents: tuple[float, ...]

    lines: StraightLines = derived(lambda own: StraightLines.through(own.voltages, own.currents))
    """The same as arrays."""

    values = (SCALE,)
    is_piecewise_linear = True

    @property
    def always_conducts(self) -> bool:  # type: ignore[override]  # depends on the table
        """Whether no line is flat."""
        return bool((np.diff(self.currents) > 0).all())

    def current(self, drop: Array, values: Values) -> Array:
        return values["scale"] * self.lines.at(drop)

    def slope(self, drop: Array, values: Values) -> Array:
        return values["scale"] * self.lines.slope(drop)

    def co_content(self, drop: Array, values: Values) -> Array:
        return values["scale"] * self.lines.way(0 * drop, drop).area

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return values["scale"] * self.lines.way(drop, change).rise

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        del name  # the only value multiplies the current
        return self.lines.way(drop, change).area

    def sensitivity(self, name: str, drop: Array, values: Values) -> Array:
        return self.lines.at(drop)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        # The points have no more digits than ngspice reads, and it takes plain literals alone.
        points = ",".join(
            f"{item:.{DIGITS}e}"
            for point in zip(self.voltages, self.currents, strict=True)
            for item in point
        )
        text = f"{{scale}}*pwl({{drop}},{points})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, text, dict(values))]
