"""One operating point of one netlist."""

import math
from collections.abc import Mapping, Sequence

from ebana_core.backends.ngspice.library import open_library
from ebana_core.backends.ngspice.messages import (
    has_solver_trouble,
    options_text,
    solver_failure,
    vector_name,
    without_end,
)
from ebana_core.backends.ngspice.options import STEPPING, TIGHT
from ebana_core.errors import SimulatorError


def operating_point(
    lines: Sequence[str],
    saved: Sequence[str],
    *,
    options: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return one operating point of one netlist, and leave nothing behind in ngspice.

    Args:
        lines: As in `PausedSweep`.
        saved: As in `PausedSweep`.
        options: ngspice options that differ from `TIGHT`.

    Returns:
        Saved name to value, V (A for a branch).

    Raises:
        ConvergenceError: ngspice finds no operating point without a fallback.
        CircuitError: The circuit has a singular matrix.
        SimulatorError: ngspice refused the netlist, or failed.
    """
    options_line = f".options {options_text({**TIGHT, **(options or {})})}"
    library = open_library()
    with library.lock:
        library.load([*without_end(lines), options_line, ".end"])
        try:
            library.run(STEPPING)
            printed = library.run("op")
            if has_solver_trouble("\n".join(printed)):
                raise solver_failure(lines[0], printed)
            plot = library.current_plot()
            found = {name: library.vector(plot, vector_name(name)).tolist() for name in saved}
        finally:
            library.unload()
    if not all(len(values) == 1 and math.isfinite(values[0]) for values in found.values()):
        raise SimulatorError(
            f"ngspice found {found} at one operating point of {lines[0]!r}.",
            "look for divisions by zero and for conductances that are zero",
        )
    return {name: values[0] for name, values in found.items()}
