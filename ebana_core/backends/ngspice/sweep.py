"""Operating points from ngspice: one circuit, parsed once, solved for many sets of values."""

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.alterations import Alterations, check_values
from ebana_core.backends.ngspice.analysis import (
    PausedAnalysis,
    alter,
    is_clean_step,
    refused_alteration,
)
from ebana_core.backends.ngspice.library import NgspiceLibrary, open_library
from ebana_core.backends.ngspice.messages import vector_name
from ebana_core.backends.ngspice.options import TIGHT
from ebana_core.errors import (
    CircuitError,
    ConvergenceError,
    EbanaError,
    ShapeError,
)


@final
class PausedSweep:
    """A netlist whose sources, resistors and gains change from one operating point to the next.

    Any number of sweeps may exist. ngspice holds the circuit of one of them; whichever is used
    next loads its own circuit again and alters it to the values it had.

    Args:
        lines: Title first, then elements, models and subcircuits; no analysis, no options.
        saved: What to return: node names, or ``"source#branch"`` for the current into the head
            of a voltage source.
        options: ngspice options that differ from `TIGHT`.

    Attributes:
        rows_solved: How many rows of the latest batch were solved when it ended.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        saved: Sequence[str],
        options: Mapping[str, float] | None = None,
    ) -> None:
        self.rows_solved = 0
        self._n_saved = len(saved)
        self._analysis = PausedAnalysis(
            lines, [vector_name(name) for name in saved], {**TIGHT, **(options or {})}
        )
        self._altered = Alterations(lines, self._analysis.title)

    def set(self, name: str, value: float) -> None:
        """Give one element another value, from the next point on.

        Args:
            name: An element whose first letter is in `ALTERED_PARAMETER`; inside a subcircuit,
                as ngspice names it (``r.x1.r5``).
            value: V, A, ohms, or a gain. Finite; resistances above zero.

        Raises:
            ParameterError: ngspice would refuse the name, or misuse the value silently.
            UnknownNameError: The netlist has no such element.
        """
        check_values([name], np.array([[float(value)]]))
        with open_library().lock:
            self._altered.note(self._altered.number_of(name), float(value))

    def step(self) -> Array:
        """Return the next operating point. Shape ``(n_saved,)``, V (A for a branch)."""
        point: Array = self.operating_points((), np.empty((1, 0)))[0]
        return point

    def operating_points(
        self,
        names: Sequence[str],
        values: Array,
        *,
        failures: dict[int, EbanaError] | None = None,
        is_stepping: bool = True,
    ) -> Array:
        """Return one operating point per row of values, each found from the one before it.

        Args:
            names: Elements to alter, as in `set`; all others keep their values.
            values: Shape ``(n, n_names)``, V, A, ohms or gains.
            failures: Gets the error of every row that ngspice cannot solve; such rows are nan
                in the result. None: the first of them raises.
            is_stepping: Let ngspice step gmin and sources where plain iterations fail, which can
                take thousands of solves.

        Returns:
            Shape ``(n, n_saved)``, V (A for a branch).

        Raises:
            ConvergenceError: ngspice finds no operating point for a row.
            CircuitError: The circuit has a singular matrix.
            SimulatorError: ngspice refused the netlist or an element, or failed.
        """
        rows = np.asarray(values, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(names):
            raise ShapeError(
                f"Values of shape {rows.shape} do not fit {len(names)} element names.",
                "give one column per name",
            )
        check_values(names, rows)
        points = np.full((len(rows), self._n_saved), np.nan)
        self.rows_solved = 0
        library = open_library()
        with library.lock:
            numbers = [self._altered.number_of(name) for name in names]
            if self._analysis.is_stepping != is_stepping:
                self._analysis.close(library)  # a paused sweep keeps the ways it began with
                self._analysis.is_stepping = is_stepping
            try:
                while self.rows_solved < len(rows):
                    try:
                        self._solve_some(library, numbers, rows, points)
                    except (ConvergenceError, CircuitError) as error:
                        if failures is None:
                            raise
                        # Afterwards the circuit is loaded anew: a failed solve may leave
                        # conductances at nodes.
                        failures[self.rows_solved] = error
                        self.rows_solved += 1
                        library.owner = None
            except BaseException as error:
                library.owner = None  # the circuit may be half altered: load it again
                if isinstance(error, EbanaError):
                    error.add_note(f"at row {self.rows_solved} of {len(rows)}")
                raise
        return points

    def started(self, names: Sequence[str], row: Array, start: Mapping[str, float]) -> Array:
        """Return one operating point, found cold from given voltages.

        ngspice holds the nodes there until its devices have settled, and then lets go, so that
        the point is its own.

        Args:
            names: As in `operating_points`.
            row: One row of its values. Shape ``(n_names,)``.
            start: Node name to voltage, V.

        Raises:
            ConvergenceError: ngspice finds none.
            ParameterError: A value or a voltage is not finite.
        """
        check_values(names, row[None])
        check_values([f"v({name})" for name in start], np.array([[*start.values()]]))
        point = np.empty((1, self._n_saved))
        library = open_library()
        with library.lock:
            for name, value in zip(names, row.tolist(), strict=True):
                self._altered.note(self._altered.number_of(name), value)
            try:
                self._analysis.rescue(library, self._altered.everything(), start)
                self._analysis.read(library, point, is_exact=True)
            finally:
                self._analysis.close(library)  # what it was held at must not act on others
        found: Array = point[0]
        return found

    def restart(self) -> None:
        """Solve the next point cold, so that it does not depend on the points before it."""
        self._analysis.length = self._analysis.capacity

    def close(self) -> None:
        """Free what ngspice holds of this circuit; the next point loads it again."""
        library = open_library()
        with library.lock:
            self._analysis.close(library)

    def _make_ready(self, library: NgspiceLibrary) -> None:
        analysis = self._analysis
        is_loaded = library.owner is analysis
        if is_loaded:
            alter(library, self._altered.pending())
        if not is_loaded or analysis.length >= analysis.capacity:
            analysis.begin(library, self._altered.everything())
        self._altered.settle()

    def _solve_some(
        self, library: NgspiceLibrary, numbers: list[int], rows: Array, points: Array
    ) -> None:
        analysis, first = self._analysis, self.rows_solved
        # A new start begins at this row, not where the last batch ended.
        for number, value in zip(numbers, rows[first].tolist(), strict=True):
            self._altered.note(number, value)
        self._make_ready(library)
        last = first + analysis.capacity - analysis.length
        some = rows[first:last].tolist()
        end = first + self._advance(library, numbers, some)
        is_clean = end == first + len(some)
        analysis.read(library, points[first:end], is_exact=is_clean)
        self.rows_solved = end
        if not is_clean:
            # Plain iterations failed at this row: it alone is solved cold.
            analysis.rescue(library, self._altered.everything())
            analysis.read(library, points[end : end + 1], is_exact=True)
            self.rows_solved = end + 1

    def _advance(self, library: NgspiceLibrary, numbers: list[int], rows: list[list[float]]) -> int:
        """Step through rows; return how many went well before the first that did not."""
        send, printed = library.send, library.printed
        values, prefixes = self._altered.values, self._altered.prefixes
        analysis = self._analysis
        usual: list[bytes] | None = None
        printed.clear()
        for count, row in enumerate(rows):
            for number, value in zip(numbers, row, strict=True):
                if values[number] != value:
                    values[number] = value
                    send(prefixes[number] + repr(value).encode())
            if printed:
                raise refused_alteration(library)
            send(b"step")
            if printed != usual:
                if not is_clean_step(printed):
                    return count
                # A clean step prints the same each time: comparing is faster than reading it.
                usual = printed.copy()
            printed.clear()
            analysis.length += 1
        return len(rows)
