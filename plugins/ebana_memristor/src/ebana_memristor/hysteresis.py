"""Sweeping a cell: the pinched loop of current over voltage."""

import math
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import check_word
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_instance
from ebana_core.plots import axes_of, in_units
from ebana_core.units import kept
from ebana_memristor.checks import check_generator
from ebana_memristor.filament import ARRAYS, Drive
from ebana_memristor.motion import moved_cell, too_fast
from ebana_memristor.stanford import BEYOND, StanfordModel
from ebana_memristor.waveforms import Waveform

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDLE = 0.01
"""Share of the highest voltage below which a logarithmic plot leaves the currents out."""


@final
@attrs.frozen(eq=False)
class Loop:
    """The voltages, currents and gaps of cells under a waveform.

    Args:
        times: Shape ``(n_steps,)``, s.
        voltages: Of the source. Same shape, V; where the source gives a current, across the cells,
            ``(n_steps, *cells)``.
        currents: Shape ``(n_steps, *cells)``, A.
        gaps: At the beginning of each step. Same shape, m.
        drops: Across the cells; less than `voltages` where the source limits its current. Same
            shape, V.

    Examples:
        >>> from ebana_memristor import StanfordModel, sweep, triangular
        >>> loop = sweep(StanfordModel(), triangular(2.0, 1e-3, n_steps=100))
        >>> loop.currents.shape == loop.times.shape
        True
    """

    times: Array
    voltages: Array
    currents: Array
    gaps: Array
    drops: Array

    def plot(self, axes: "Axes | None" = None, *, scale: str = "log") -> "Axes":
        """Plot current over voltage: the loop that is pinched at 0 V.

        Args:
            axes: Where to draw; None: a new figure.
            scale: ``"log"``: sizes of currents, down to where the pinch becomes a needle;
                ``"linear"``.

        Raises:
            ParameterError: Another scale.
            MissingLibraryError: matplotlib is not installed.
        """
        check_word(scale, "scale", ("log", "linear"))
        axes = axes_of(axes)
        currents = self.currents.reshape(len(self.times), -1)
        volts = self.voltages.reshape(len(self.times), -1)
        if scale == "log":
            sizes = np.abs(currents)
            away = np.broadcast_to(np.abs(volts) > NEEDLE * np.abs(volts).max(), sizes.shape)
            # Near 0 V the loop is pinched to currents that would stretch a logarithmic axis for
            # ever.
            floor = sizes[away].min(initial=np.inf, where=sizes[away] > 0)
            axes.semilogy(volts, np.where(sizes >= floor, sizes, np.nan))
            axes.set_ylabel("size of the current")
        else:
            axes.plot(volts, currents)
            axes.set_ylabel("current")
        in_units(axes.yaxis, "A")
        axes.set_xlabel("voltage")
        in_units(axes.xaxis, "V")
        axes.grid(alpha=0.3)
        return axes


FEW = 10
"""Largest number of cells that are swept one by one."""


def sweep(
    model: StanfordModel,
    waveform: Waveform,
    gap: Any = None,
    *,
    rng: np.random.Generator | None = None,
    compliance: float = np.inf,
    drive: str = "voltage",
) -> Loop:
    """Return the currents and gaps of cells under a waveform.

    Args:
        model: The cells.
        waveform: Across every cell.
        gap: At the beginning, m: a number or an array; None: the largest.
        rng: Draws fluctuations; None: without.
        compliance: Largest current of a source of voltage, A.
        drive: ``"voltage"``, or ``"current"``: the waveform is that of a current, A, through every
            cell, which then has the voltage at which it carries it.

    Raises:
        ParameterError: A gap that no cell has, a voltage beyond 100 V0, a compliance that is not
            above zero or stands beside a current, or a current for which a cell would need a
            voltage beyond 100 V0.
    """
    checked_instance(model, StanfordModel, "model", "give a StanfordModel")
    checked_instance(waveform, Waveform, "waveform", "give a Waveform, such as triangular(...)")
    check_generator(rng)
    check_word(drive, "drive", ("voltage", "current"))
    present = model.checked_gap(model.gap_max if gap is None else gap)
    compliance = kept(compliance)  # its unit is checked with the voltages
    if drive == "current":
        if compliance != np.inf:
            raise ParameterError(
                f"A source of current has compliance={compliance!r}.",
                "leave compliance out: the waveform says every current",
            )
        return _driven(model, waveform, present, rng)
    volts = model.checked_voltage(waveform.voltages, compliance)
    # Noise is drawn for arrays; without it, few cells are faster in plain numbers.
    one_by_one = rng is None and present.size <= FEW
    gaps = np.empty((len(volts), *present.shape))
    if one_by_one:
        flat, cells = gaps.reshape(len(volts), -1), present.reshape(-1)
        for place, cell in enumerate(cells):
            flat[:, place] = _gaps_of_one(model, float(cell), waveform, compliance)
    else:
        for place, voltage in enumerate(volts):
            gaps[place] = present
            present = model.moved(present, voltage, waveform.step, rng=rng, compliance=compliance)
    across = volts.reshape(-1, *(1,) * present.ndim)
    driven = model.drive(across, compliance=compliance)
    drops = driven.signs * model.filament.drop(ARRAYS, gaps, driven) + 0 * gaps
    currents = np.clip(model.current(across, gaps), -compliance, compliance)
    return Loop(waveform.times, waveform.voltages, currents, gaps, drops)


def _driven(
    model: StanfordModel, waveform: Waveform, present: Array, rng: np.random.Generator | None
) -> Loop:
    """Return the sweep of cells by a current.

    A source of current is one of a voltage higher than any cell needs, limited to that current.
    """
    gaps = np.empty((len(waveform.voltages), *present.shape))
    highest = BEYOND * model.V0
    for place, current in enumerate(waveform.voltages.tolist()):
        gaps[place] = present
        volts, limit = (
            (math.copysign(highest, current), abs(current)) if current else (0.0, math.inf)
        )
        present = model.moved(present, volts, waveform.step, rng=rng, compliance=limit)
    currents = waveform.voltages.reshape(-1, *(1,) * present.ndim) + 0 * gaps
    drops = model.V0 * np.arcsinh(currents / model.I0 * np.exp(gaps / model.g0))
    if not (np.abs(drops) < highest).all():
        raise ParameterError(
            f"A current of up to {float(np.abs(currents).max())!r} A needs a voltage beyond "
            f"{highest:g} V in some cell.",
            "give smaller currents, or smaller gaps",
        )
    return Loop(waveform.times, drops, currents, gaps, drops)


def _gaps_of_one(
    model: StanfordModel, gap: float, waveform: Waveform, compliance: float
) -> list[float]:
    """Return the gaps of one cell at the beginning of each step, m.

    In numbers of Python: NumPy takes ten times as long for one cell as for a number.
    """
    drive, limits = model.drive(waveform.voltages), (model.gap_min, model.gap_max)
    gaps = []
    pulls = np.broadcast_to(drive.pull, drive.volts.shape)
    columns = (drive.volts, drive.sinhs, drive.heating, drive.signs, pulls)
    numbers = (column.tolist() for column in columns)
    for volts, sinhs, heating, sign, pull in zip(*numbers, strict=True):
        gaps.append(gap)
        held = Drive(volts, sinhs, heating, sign, pull, compliance, None)
        try:
            gap = moved_cell(model.filament, gap, held, waveform.step, limits)
        except OverflowError as error:  # of `math.exp`, where NumPy returns inf
            raise too_fast(gap) from error
    return gaps
