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
from ebana_core.laws.slopes import IntArray
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.quantities import quantity

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
        _eleven_digits(checked_numbers(given, f"{owner} has {name}", error=ParameterError))
        for name, given in (("voltages", voltages), ("currents", currents))
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

    voltages: tuple[float, ...]
    currents: tuple[float, ...]

    lines: "_Lines" = derived(lambda own: _lines_of(own.voltages, own.currents))
    """The same as arrays."""

    values = (SCALE,)
    is_piecewise_linear = True

    @property
    def always_conducts(self) -> bool:  # type: ignore[override]  # depends on the table
        """Whether no line is flat."""
        return bool((np.diff(self.currents) > 0).all())

    def current(self, drop: Array, values: Values) -> Array:
        lines = self.lines
        return values["scale"] * lines.current(drop, lines.part(drop))

    def slope(self, drop: Array, values: Values) -> Array:
        lines = self.lines
        return values["scale"] * lines.slopes[lines.part(drop)]

    def co_content(self, drop: Array, values: Values) -> Array:
        return values["scale"] * self.lines.way(0 * drop, drop).area

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return values["scale"] * self.lines.way(drop, change).rise

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        del name  # the only value multiplies the current
        return self.lines.way(drop, change).area

    def sensitivity(self, name: str, drop: Array, values: Values) -> Array:
        lines = self.lines
        return lines.current(drop, lines.part(drop))

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


@attrs.frozen(eq=False)
class _Way:
    """A way along the curve: what the current rises by, A, and the area below it, W."""

    rise: Array
    area: Array


@attrs.frozen(eq=False)
class _Lines:
    """The table as arrays: points, slopes between them, and areas from the first point to each."""

    x: Array
    y: Array
    slopes: Array
    areas: Array

    def part(self, drop: Array, side: Any = "right") -> IntArray:
        """Return the line that each drop lies on; of two that meet there, the right or the left."""
        found = np.searchsorted(self.x, drop, side=side) - 1
        return np.clip(found, 0, len(self.slopes) - 1)

    def current(self, drop: Array, part: IntArray) -> Array:
        """Return the current on the lines `part`, A."""
        return self.y[part] + self.slopes[part] * (drop - self.x[part])

    def way(self, drop: Array, change: Array) -> _Way:
        """Return what lies between `drop` and `drop + change`, without cancellation."""
        drop, change = np.broadcast_arrays(drop, change)
        end, is_up = drop + change, change >= 0
        # A drop on a point belongs to the line that it leaves for, so that a short way is one line.
        first, last = (
            np.where(is_up, self.part(at, up), self.part(at, down))
            for at, up, down in ((drop, "right", "left"), (end, "left", "right"))
        )
        # A way too short for the digits of its end does not turn round.
        last = np.where(is_up, np.maximum(first, last), np.minimum(first, last))
        begin = self.current(drop, first)
        rise = self.slopes[first] * change
        area = (begin + rise / 2) * change
        crosses = first != last
        if not crosses.any():
            return _Way(rise, area)
        # Three parts: to the first point on the way, between points, and from the last one.
        leaves, enters = np.where(is_up, first + 1, first), np.where(is_up, last, last + 1)
        before, behind = self.x[leaves] - drop, end - self.x[enters]
        gained = self.slopes[first] * before, self.slopes[last] * behind
        between = self.y[enters] - self.y[leaves]
        areas = (begin + gained[0] / 2) * before, (self.y[enters] + gained[1] / 2) * behind
        across = self.areas[enters] - self.areas[leaves]
        return _Way(
            np.where(crosses, gained[0] + between + gained[1], rise),
            np.where(crosses, areas[0] + across + areas[1], area),
        )


def _lines_of(voltages: Sequence[float], currents: Sequence[float]) -> _Lines:
    x, y = np.array(voltages), np.array(currents)
    areas = np.concatenate([[0.0], np.cumsum(np.diff(x) * (y[1:] + y[:-1]) / 2)])
    return _Lines(x, y, np.diff(y) / np.diff(x), areas)
