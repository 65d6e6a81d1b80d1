"""The result of a gradient check: tables, a recommendation, a plot."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, final

import attrs
import numpy as np

from ebana_core.analysis.gradient_check.agreement import Agreement
from ebana_core.arrays import Array
from ebana_core.checking import checked_whole
from ebana_core.objects import checked_name
from ebana_core.plots import PALETTE, figure_of, in_units, legend_above
from ebana_core.rules import LearningRule, PhasedRule
from ebana_core.tables import NotebookText, text_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


PANELS = {"cosine": "cosine similarity", "error": "relative error", "angle": "angle (degrees)"}
"""Panels of a plot, from above, with their labels."""
BESIDE = 3
"""Parameters that stand beside each other in a table."""


@final
@attrs.frozen(eq=False)
class ParameterCheck:
    """One parameter over a range of strengths.

    Args:
        size: Root mean square of the exact gradient, V² per unit of the parameter.
        weights: Smallest and largest stage weight of its branches: what a local gradient is too
            small by. 1 where the circuit is not reciprocal or there are no branches.
        seen: Agreement at each strength, as the rule measures.
        noiseless: The same if every drop were seen with all its digits.
        change: Root mean square of what the rule moves the drops by, at each strength, V; nan
            where there are no drops.
        largest_drop: Of the free phase, V.
    """

    size: float
    weights: tuple[float, float]
    seen: Sequence[Agreement]
    noiseless: Sequence[Agreement]
    change: Sequence[float]
    largest_drop: float

    def series(self, name: str) -> Array:
        """Return one measure of `seen` over the strengths. Shape ``(n_strengths,)``.

        Raises:
            UnknownNameError: There is no such measure.
        """
        checked_name(name, [field.name for field in attrs.fields(Agreement)], "measure")
        return np.array([getattr(agreement, name) for agreement in self.seen])

    def bits(self, place: int) -> float:
        """Return the resolution at which the largest drop fits and one code is `change`.

        Args:
            place: Of the strength among those that were examined, from 0; negative: from the last.

        Raises:
            ParameterError: There is no such place.
        """
        n = len(self.change)
        place = checked_whole(place, "place", at_least=-n, at_most=n - 1)
        return float(np.log2(2 * self.largest_drop / self.change[place]))


@final
@attrs.frozen(eq=False)
class GradientCheck(NotebookText):
    """How a learning rule's gradient agrees with the exact one; prints as tables.

    Args:
        rule: What was examined.
        strength_name: ``"beta"``, ``"eta"`` or another; empty for a rule without.
        strengths: Where, ascending. Shape ``(n_strengths,)``, S for beta.
        parameters: Parameter name to what was found.
        recommended: Place of the recommended strength.
        largest: Place of the largest strength at which every parameter is right.
        suggested_beta: By the rule of thumb, as `Model.diagnose` says it, S; nan of other rules.
        reason: Why that one.
        route: What keeps the circuit from being reciprocal; None where it is.
        idle: Parameters whose exact gradient is zero on these samples, and so are not judged.
        failures: Strengths at which no operating point was found, to what the simulator said.
        n_samples: How many samples.
        n_readings: How often noise was drawn; 1 without.
    """

    rule: LearningRule
    strength_name: str
    strengths: Array
    parameters: Mapping[str, ParameterCheck]
    recommended: int
    largest: int
    suggested_beta: float
    reason: str
    route: str | None
    idle: tuple[str, ...]
    failures: Mapping[float, str]
    n_samples: int
    n_readings: int

    @property
    def is_reciprocal(self) -> bool:
        """The circuit has an energy, so that the rule's gradient can become exact."""
        return self.route is None

    @property
    def strength(self) -> float:
        """The recommended beta, S, or eta."""
        return float(self.strengths[self.recommended])

    def __str__(self) -> str:
        readings = f", {self.n_readings} readings" if self.n_readings > 1 else ""
        parts = [
            f"{self.rule!r}\nagainst the adjoint on {self.n_samples} samples{readings}",
            self._sweep() if len(self.strengths) > 1 else "",
            self._at_recommended(),
            self.reason,
        ]
        if self.idle:
            parts.append(f"No gradient reaches {', '.join(self.idle)} on these samples.")
        for strength, problem in self.failures.items():
            parts.append(f"Not at {self.strength_name} = {strength:.3g}: {problem}")
        if self.route is not None:
            # Rules of phases count on an energy; `AsymmetricPropagation` and others do without.
            comment = (
                "the local gradient is examined, and no strength makes it right before that place"
                if isinstance(self.rule, PhasedRule)
                else "AsymmetricPropagation, DyadicPropagation and Adjoint count on none"
            )
            parts.append(
                f"The circuit is not reciprocal: {self.route}.\nNo energy exists: {comment}."
            )
        return "\n\n".join(part for part in parts if part)

    def __repr__(self) -> str:
        at = f"{self.strength_name}={self.strength:.3g}: " if self.strength_name else ""
        return f"GradientCheck({at}{self.reason})"

    def _sweep(self) -> str:
        """Return cosine and relative error of every parameter at every strength."""
        names, tables = list(self.parameters), []
        for first in range(0, len(names), BESIDE):
            shown = names[first : first + BESIDE]
            rows = [[self.strength_name]]
            rows[0] += [text for name in shown for text in (f"{name}: cosine", "error")]
            for place, strength in enumerate(self.strengths):
                row = [f"{strength:.2e}{' <' if place == self.recommended else ''}"]
                for name in shown:
                    seen = self.parameters[name].seen[place]
                    row += [f"{seen.cosine:.6f}", f"{seen.error:.2e}"]
                rows.append(row)
            tables.append(text_table(rows))
        return "\n\n".join(tables)

    def _at_recommended(self) -> str:
        header = ["parameter", "angle", "noiseless", "scale", "signs", "weight", "change/V", "bits"]
        rows = [header]
        for name, check in self.parameters.items():
            seen, place = check.seen[self.recommended], self.recommended
            low, high = check.weights
            rows.append(
                [
                    name,
                    f"{seen.angle:.3g}°",
                    f"{check.noiseless[place].angle:.3g}°",
                    f"{seen.scale:.4g}",
                    f"{seen.signs:.1%}",
                    f"{low:.4g}" if low == high else f"{low:.4g}..{high:.4g}",
                    f"{check.change[place]:.2e}",
                    f"{check.bits(place):.1f}",
                ]
            )
        at = f"at {self.strength_name} = {self.strength:.3g}\n" if self.strength_name else ""
        return at + text_table(rows)

    def plot(self, figure: "Figure | None" = None) -> "Figure":
        """Plot cosine, relative error and angle of every parameter over the strength.

        A rule without strength has one point per parameter. Dashed: what would be left if every
        drop were seen with all its digits.

        Args:
            figure: Where to draw; None: a new one.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        figure = figure_of(figure, 6.4, 8.0)
        # Nothing can be drawn at nan.
        places = self.strengths if self.strength_name else np.zeros(1)
        panels = dict(zip(PANELS, figure.subplots(len(PANELS), 1, sharex=True), strict=True))
        for axes in panels.values():
            axes.set_prop_cycle(color=PALETTE)
        for name, check in self.parameters.items():
            color = None
            for measure, axes in panels.items():
                (line,) = axes.plot(
                    places, check.series(measure), marker=".", color=color, label=name
                )
                color = line.get_color()
                if self.n_readings > 1:
                    noiseless = [getattr(agreement, measure) for agreement in check.noiseless]
                    axes.plot(places, noiseless, "--", color=color)
        for measure, axes in panels.items():
            if self.strength_name:
                axes.axvline(self.strength, color="0.6", linestyle=":", label="recommended")
            axes.set_ylabel(PANELS[measure])
            axes.set_yscale("linear" if measure == "cosine" else "log")
            axes.grid(alpha=0.3)
        figure.suptitle(f"{type(self.rule).__name__} against the adjoint", fontsize="medium")
        legend_above(panels["cosine"])
        if not self.strength_name:
            panels["angle"].set_xticks([])
            return figure
        panels["angle"].set_xscale("log")
        panels["angle"].set_xlabel(self.strength_name)
        if self.strength_name == "beta":
            in_units(panels["angle"].xaxis, "S")
        return figure
