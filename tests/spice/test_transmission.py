"""Transmission lines at DC: both simulators solve what ngspice makes of the same text."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.errors import CircuitError
from ebana_core.layers import SpiceBlock
from tests.support.spice_blocks import body, by_ngspice, solved

LINES = {
    "a wire": ("T1 a 0 b 0 z0=50 td=1n", "R1 b 0 10k"),
    "apart": ("T1 a m b n zo=50 f=1meg nl=0.25", "R1 m 0 1k", "R2 n 0 2k", "R3 b m 9k"),
    "before a diode": ("T1 a 0 c b z0={z} td=1n", "D1 c b d", ".model d d(is=1n)", ".param z=50"),
}


@pytest.mark.ngspice
@pytest.mark.parametrize("name", LINES)
def test_a_direct_current_passes_a_line(name: str) -> None:
    text = body(*LINES[name])
    expected = by_ngspice(text)
    for backend in (NativeBackend(), NgspiceBackend()):
        # V: ngspice leaves out a gmin of 1e-15 of its impedance, and stops at a reltol of 1e-12.
        assert np.abs(solved(text, backend) - expected).max() <= 1e-9


def test_a_wire_delivers_no_power_and_stands_still() -> None:
    law = SpiceBlock(name="x", subcircuit=body(*LINES["a wire"]), inputs=("a", "b")).law
    assert (law.active, law.is_linear, law.still) == ("", True, "t1")


def test_a_line_with_losses_is_refused() -> None:
    with pytest.raises(CircuitError, match="'t1' has 'len'"):
        SpiceBlock(name="x", subcircuit=body("T1 a 0 b 0 r=2 len=3"), inputs=("a", "b"))
