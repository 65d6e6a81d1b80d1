"""One DC analysis of one circuit in ngspice, paused between two of its points.

A source that nothing is connected to is swept by 1 V a point without end, and the sweep pauses
after every point. What is altered in a pause counts from the next point on, which starts from
the one before it: nothing is parsed, set up or reordered again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.library import NgspiceLibrary
from ebana_core.backends.ngspice.messages import (
    decoded,
    has_solver_trouble,
    is_rescued,
    last_lines,
    options_text,
    solver_failure,
    without_end,
)
from ebana_core.backends.ngspice.options import LOOSE, PLAIN, STEPPING, USUAL
from ebana_core.errors import ConvergenceError, SimulatorError

STORED_NUMBERS = 250_000
"""Numbers that pile up in ngspice before an analysis starts again, which frees them."""

_SWEPT = "vebana_sweep"
_SCALE = "v-sweep"


@final
class PausedAnalysis:
    """A circuit and its endless sweep. Every method wants the library's lock held.

    Args:
        lines: Title first, then elements, models and subcircuits; no analysis and no options.
        saved: Vectors to keep, as `vector_name` gives them.
        options: ngspice options.

    Attributes:
        length: Points since the last start.
        capacity: Points after which to start again.
        is_stepping: ngspice may step gmin and sources where plain iterations fail; counts from
            the next load.
    """

    def __init__(
        self, lines: Sequence[str], saved: Sequence[str], options: Mapping[str, float]
    ) -> None:
        self.length = 0
        self.is_stepping = True
        self.capacity = max(1000, STORED_NUMBERS // (len(saved) + 1))
        self.title = lines[0] if lines else ""
        self._options = dict(options)
        self._plot = ""
        self._vectors = list(saved)
        self._netlist = [
            *without_end(lines),
            f"{_SWEPT} ebana_sweep 0 0",
            f".dc {_SWEPT} 0 1000000000 1",
            *(f".save {name}" for name in dict.fromkeys(saved)),
            f".options {options_text(options)}",
            ".end",
        ]

    def begin(self, library: NgspiceLibrary, alterations: Iterable[bytes]) -> None:
        """Solve the first point of a new sweep, cold; the circuit is loaded if it is not.

        Args:
            library: Where.
            alterations: Commands that bring the netlist as written to its present values.

        Raises:
            ConvergenceError: ngspice finds no operating point.
            CircuitError: The matrix is singular.
            SimulatorError: ngspice refused the netlist or an alteration.
        """
        if library.owner is self:
            self._finish(library)
        else:
            self._load(library, alterations, {})
        if has_solver_trouble("\n".join(self._run(library))):
            self.rescue(library, alterations)

    def rescue(
        self,
        library: NgspiceLibrary,
        alterations: Iterable[bytes],
        start: Mapping[str, float] | None = None,
    ) -> None:
        """Solve a point that went wrong again: freshly loaded, cold and loosely, then tightly.

        A fresh circuit is free of the conductances that failed fallbacks leave behind, and the
        second, tight solve proves that the point is one of the circuit as drawn.

        Args:
            library: Where.
            alterations: As in `begin`.
            start: Node name to the voltage at which ngspice holds it while its devices settle,
                V; then it lets go. Such a circuit must not solve other points: close it.

        Raises:
            ConvergenceError: ngspice finds no operating point.
            CircuitError: The matrix is singular.
            SimulatorError: ngspice solved it with complaints only.
        """
        self._load(library, alterations, start or {})
        if start is not None:
            self._confirm(library)
            return
        tight = {name: self._options[name] for name in LOOSE}
        # Loosely first, which converges from far away; the tight solve starts where that ended.
        loose = {name: max(value, tight[name]) for name, value in LOOSE.items()}
        printed = library.run(f"option {options_text(loose)}") + self._run(library)
        if is_rescued("\n".join(printed)):
            printed = library.run(f"option {options_text(tight)}") + library.run("step")
            if not has_solver_trouble("\n".join(printed)):
                self.length += 1
                return
        library.unload()
        raise solver_failure(self.title, printed)

    def _confirm(self, library: NgspiceLibrary) -> None:
        """Solve from where the nodes are held, by ngspice's own default tolerances.

        Rounding may keep it from meeting any other; the caller knows how near is near enough.
        """
        printed = library.run(f"option {options_text(USUAL)}") + self._run(library)
        if not is_rescued("\n".join(printed)):
            library.unload()
            raise solver_failure(self.title, printed)

    def close(self, library: NgspiceLibrary) -> None:
        """Free what ngspice holds of this analysis and its circuit, if anything."""
        if library.owner is self:
            self._finish(library)
            library.unload()

    def _finish(self, library: NgspiceLibrary) -> None:
        """End the sweep, without which ngspice would never free what belongs to it."""
        library.owner = None
        # Beyond the end of the sweep, so that resuming it ends it.
        library.run(f"alter {_SWEPT} dc = 2000000000")
        library.run("resume")
        library.run("destroy all")

    def _load(
        self, library: NgspiceLibrary, alterations: Iterable[bytes], start: Mapping[str, float]
    ) -> None:
        # Loading destroys all results; with a sweep paused, the next step would then crash.
        if isinstance(library.owner, PausedAnalysis):
            library.owner._finish(library)
        held = [f".nodeset v({name})={value!r}" for name, value in start.items()]
        library.load([*self._netlist[:-1], *held, ".end"])
        library.run(STEPPING if self.is_stepping else PLAIN)
        library.run("stop after 1")  # stays, and holds every new start at its first point
        alter(library, alterations)

    def _run(self, library: NgspiceLibrary) -> list[str]:
        printed = library.run("run")
        self._plot, self.length = library.current_plot(), 1
        library.owner = self
        return printed

    def read(self, library: NgspiceLibrary, points: Array, *, is_exact: bool) -> None:
        """Copy the latest points, once their place in the sweep proves that they are new.

        Args:
            library: Where.
            points: Filled. Shape ``(n, n_saved)``, V (A for a branch).
            is_exact: False where ngspice may hold one point more, which went wrong.

        Raises:
            ConvergenceError: A point is not finite.
            SimulatorError: A point is missing or stale.
        """
        first = self.length - len(points)
        # A step that fails leaves all vectors as they were, and the next one opens another plot:
        # only the swept value tells which point a number belongs to.
        scale = library.vector(self._plot, _SCALE)
        is_new = np.array_equal(scale[first : self.length], np.arange(first, self.length))
        if not is_new or (is_exact and len(scale) != self.length):
            raise SimulatorError(
                f"ngspice holds {len(scale)} points of {self.title!r}, not {self.length}.",
                "report this: points would be mistaken for one another",
            )
        for column, name in enumerate(self._vectors):
            points[:, column] = library.vector(self._plot, name)[first : self.length]
        if not np.isfinite(points).all():
            row, column = np.argwhere(~np.isfinite(points))[0]
            raise ConvergenceError(
                f"ngspice found {points[row, column]} at {self._vectors[column]!r} of "
                f"{self.title!r}, {len(points) - row} points ago.",
                "look for divisions by zero and for conductances that are zero",
            )


def alter(library: NgspiceLibrary, alterations: Iterable[bytes]) -> None:
    """Send ``alter`` commands.

    Raises:
        SimulatorError: ngspice refused one: such an element is not in the circuit.
    """
    library.printed.clear()
    for alteration in alterations:
        library.send(alteration)
    if library.printed:
        raise refused_alteration(library)


def refused_alteration(library: NgspiceLibrary) -> SimulatorError:
    """Return the error for whatever ``alter`` commands printed: they are silent when right."""
    printed = library.take()
    return SimulatorError(
        f"ngspice refused to alter a value: {last_lines(printed)}.",
        "alter elements of the netlist, by the names that they have in it",
    )


def is_clean_step(printed: list[bytes]) -> bool:
    """Return whether a step printed only what it prints when all is well.

    Raises:
        SimulatorError: It printed nothing, which never happens.
    """
    # Every step prints something. Silence means that the output goes elsewhere.
    if not printed:
        raise SimulatorError(
            "ngspice prints nothing any more, so its failures would go unseen.",
            "run other code that opens libngspice (PySpice's simulator) in another process",
        )
    return not has_solver_trouble("\n".join(decoded(printed)))
