"""Options of ngspice with which operating points are found, and how long it may look for one."""

from collections.abc import Mapping
from types import MappingProxyType

from ebana_core.circuit.circuit import Circuit

TIGHT: Mapping[str, float] = MappingProxyType(
    {
        "reltol": 1e-9,
        "vntol": 1e-13,
        "abstol": 1e-13,
        "gmin": 1e-15,
        "epsmin": 1e-300,
        "itl1": 200,
        "itl2": 200,
    }
)
"""Options: 1, V, A, S, A, iterations of a cold and of a warm solve.

A tighter `reltol` lies below the rounding of ngspice's own elimination where milliohms stand in
series with a junction; what it leaves undone, the residual on the circuit's own equations tells.
`epsmin` is the saturation current to which ngspice would raise smaller ones: LEDs have less than
its default of 1e-28 A.
"""


def of_circuit(circuit: Circuit) -> dict[str, float]:
    """Return the options that are part of a circuit's physics: gmin, S, and rshunt, ohms."""
    shunt = {"rshunt": 1 / circuit.shunt} if circuit.shunt else {}
    return {"gmin": circuit.gmin, **shunt}


LOOSE: Mapping[str, float] = MappingProxyType({"reltol": 1e-6, "vntol": 1e-9, "abstol": 1e-12})
"""Tolerances (1, V, A) of the cold solve with which a second attempt begins."""

USUAL: Mapping[str, float] = MappingProxyType({"reltol": 1e-3, "vntol": 1e-6, "abstol": 1e-12})
"""ngspice's own default tolerances (1, V, A), for a solve that starts at the solution."""

STEPPING, PLAIN = "optran 1 1 1 0 0 0", "optran 1 0 0 0 0 0"
"""Commands after which ngspice tries plain iterations, at most `itl2`, and then gmin stepping and
source stepping, or nothing more. These can take thousands of solves. The last zeros forbid the
transient that it would try at the end: it can last for ever, and what it ends at is no operating
point of the circuit as drawn. A circuit must be loaded: without one ngspice follows a null
pointer.

Source:
    ngspice 39, src/spicelib/analysis: optran.c (com_optran), cktop.c (CKTop).
"""
