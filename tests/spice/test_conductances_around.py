"""gmin and a shunt at every node mean in blocks what ngspice's own options make of the text."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend, NgspiceBackend
from tests.support.spice_blocks import body, by_ngspice, solved

pytestmark = pytest.mark.ngspice

SUPPLY = ("Vc c 0 5", "Rc c x 1k", "R2 x b 10k")
"""And a resistance at the drain or collector, x."""
TEXTS = {
    "diodes": ("D1 a b d area=3 m=2", "D2 0 a d", "R1 b 0 1k", ".model d d(is=1e-14 bv=5 ikf=1m)"),
    "diodes behind resistances": (
        "D1 a b z area=2 m=2 temp=50",
        "D2 0 a z",
        "R1 b 0 1k",
        ".model z d(bv=5 ibv=1m nbv=2 rs=30 ikf=10m isr=1n nr=2 tnom=25 trs1=1m)",
    ),
    "behaviour": ("B1 x 0 v=tanh(v(a))", "Rx x b 1k", "R2 a 0 90k"),
    "floating body": (
        *SUPPLY,
        "M1 x a 0 f m w=20u l=2u m=3",
        ".model m nmos(vto=0.6 kp=1e-4 rsh=20 gamma=0.4 lambda=0.02)",
    ),
    "level 3": (
        *SUPPLY,
        "M1 x a 0 f m w=20u l=2u nrd=2 nrs=2 m=2",
        ".model m nmos(level=3 vto=0.6 kp=1e-4 rsh=20 gamma=0.4 theta=0.1 nsub=1e16 tox=2e-8)",
    ),
    "bipolar": (
        *SUPPLY,
        "Q1 x a e q area=2 m=2",
        "Re e 0 100",
        ".model q npn(is=1e-15 bf=150 vaf=80 rb=50 rbm=5 irb=0.1m rc=3 iss=1e-15)",
    ),
    "junction transistor": (
        *SUPPLY,
        "J1 x a s j 2",
        "Rs s 0 200",
        ".model j njf(vto=-1.5 beta=1e-3 rd=20 rs=10 lambda=0.02 b=0.9)",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(("gmin", "shunt"), [(1e-6, 0.0), (1e-15, 1e-6), (1e-6, 1e-6)])
def test_both_simulators_have_them_where_ngspice_has_them(
    name: str, gmin: float, shunt: float
) -> None:
    text = body(*TEXTS[name])
    options = {"gmin": gmin, **({"rshunt": 1 / shunt} if shunt else {})}
    expected = by_ngspice(text, **options)
    if name != "behaviour" or shunt:  # else they would not be seen
        assert np.abs(expected - by_ngspice(text)).max() >= 1e-4
    for backend in (NativeBackend(), NgspiceBackend()):
        found = solved(text, backend, gmin=gmin, shunt=shunt)
        # ngspice stops at 1e-9 of the voltages, which are below 10 V at the ports.
        assert np.abs(found - expected).max() <= 1e-9
