"""Temperatures that a text sets for all: both simulators solve what ngspice makes of them."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.spice import read_subcircuit
from tests.support.spice_blocks import body, by_ngspice, solved

ALL = body(
    "D1 a m d1",
    "R1 m 0 1k tc1=0.01",
    "Q1 a b 0 q",
    "J1 a b 0 j",
    "M1 b a 0 0 nm w=10u l=1u",
    "R2 b 0 rr dtemp=5",
    "B1 a 0 i=1u*temper tc1=0.01",
    "D2 b 0 d2 dtemp=10",
    "D3 a 0 d1 temp=10",
    "R3 a b {1k*temper}",
    ".model d1 d(is=1n rs=10 trs1=0.01)",
    ".model q npn(bf=100 xtb=2)",
    ".model j njf(vto=-1 beta=1m tcv=1m)",
    ".model nm nmos(vto=0.5 kp=1e-4 rd=10)",
    ".model rr r(r=1k tc1=0.02)",
    ".model d2 d(is=1n tnom=50)",
)
"""Every kind whose currents follow the temperature."""
SETTINGS = (
    ".options tnom=40",
    ".temp 60",
    ".options temp=50 tnom = 35, gmin=1e-15\n.temp=80",
    ".temp 80\n.options temp=50 tnom=20\n.options tnom=35",
    ".options tnom=25 tnom=35",
)


@pytest.mark.ngspice
@pytest.mark.parametrize("setting", SETTINGS)
def test_all_devices_are_at_the_temperatures_that_a_text_sets(setting: str) -> None:
    text = f"{setting}\n{ALL}"
    expected = by_ngspice(text)
    # V: 1e-9 is what ngspice's own tolerances leave; a degree moves these nodes by 1e-4.
    assert np.abs(expected - by_ngspice(ALL)).max() > 1e-3
    for backend in (NativeBackend(), NgspiceBackend()):
        assert np.abs(solved(text, backend) - expected).max() <= 1e-9


def test_a_block_keeps_the_temperatures_of_its_text() -> None:
    found = read_subcircuit(".temp 60\n.options tnom=25\n" + ALL)
    again = read_subcircuit(found.text)
    assert again.lines == found.lines
    assert (again.lines[0].temperatures.circuit, again.lines[0].temperatures.nominal) == (60, 25)


WORDS = (
    ("t_abs=60", "", " temp=60"),
    ("t_rel_global=20", "", " dtemp=20"),
    ("t_measured=50", " tnom=50", ""),
    ("t_measured=50 t_abs=40 t_rel_global=9", " tnom=50", " temp=40"),
)
"""Words of PSpice's models, and what ngspice says in the model and behind it."""


@pytest.mark.ngspice
@pytest.mark.parametrize(("others", "model", "behind"), WORDS)
def test_models_say_their_temperatures_as_in_pspice(others: str, model: str, behind: str) -> None:
    lines = "D1 a m d{1}\nQ1 a b 0 q{1}\nJ1 a b 0 j{1}\nM1 b a 0 0 n{1}\nR1 m 0 rr{1}\n"
    models = (
        ".model d d(is=1n rs=10{0})\n.model q npn(bf=100{0})\n.model j njf(vto=-1{0})\n"
        ".model n nmos(vto=0.5 kp=1e-4{0})\n.model rr r(r=1k tc1=0.01{0})"
    )
    text, plain = (
        ".temp 35\n" + body(*(lines + models).format(*words).splitlines())
        for words in ((f" {others}", ""), (model, behind))
    )
    expected = by_ngspice(plain)
    for backend in (NativeBackend(), NgspiceBackend()):
        # V: what ngspice's own tolerances leave.
        assert np.abs(solved(text, backend) - expected).max() <= 1e-9
