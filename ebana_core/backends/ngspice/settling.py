"""Steps that ngspice repeats until a point has settled."""

from ebana_core.errors import ConvergenceError

SETTLING = 8
"""Steps after which a point counts as settled. ngspice moves the voltages inside some devices (a
closed transistor's gate) by a limited way in each of its iterations and may stop before they
arrive; the way at least doubles each time, and a step takes two iterations.

Source:
    ngspice 39, src/spicelib/devices/devsup.c: DEVfetlim, DEVlimvds.
"""


def unsettled() -> ConvergenceError:
    """Return the error for a sample whose voltages still move."""
    return ConvergenceError(
        f"The voltages from ngspice still change after {SETTLING} solves of one sample.",
        "make the devices less abrupt, or the drive smaller",
    )
