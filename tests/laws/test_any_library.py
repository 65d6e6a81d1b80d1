"""Laws of core and plugins computed with what the array API standard says alone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos.behavioral import Ramp
from ebana_diode_mos.exponential import Antiparallel, Shockley
from ebana_diode_mos.junction import CardJunction
from ebana_diode_mos.mos import DiodeMos
from ebana_memristor.laws import SinhCell, StanfordCell

from ebana_core.arrays import host
from ebana_core.laws import Law, Ohm
from ebana_core.laws.constant import ConstantCurrent
from ebana_core.laws.diode_numbers import DiodeNumbers
from ebana_core.laws.diode_words import read_diode_card
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import ModelCard
from ebana_core.testing.array_api import DEVICE, strict_library

JUNCTION = {"IS": 1e-12, "N": 1.3, "RS": 0.0, "temperature": 350.0}
EVERYTHING = DiodeNumbers(
    bv=0.5, ikf=1e-6, ikr=1e-6, isr=1e-9, jtun=1e-12, ns=1.2, jsw=1e-13, pj=1.0, trs1=1e-3, tm1=1e-3
)
CARD = ModelCard("d", (("is", 1e-12), ("rs", 5.0), ("bv", 0.5), ("ikf", 1e-6)))
MOS = {"VTO": 0.3, "KP": 5e-5, "LAMBDA": 0.03, "W": 2e-5, "L": 1e-6, "temperature": 350.0}
PAIR = {"IS": 1e-8, "a": 0.06, "V_off": 0.1}
CASES: list[tuple[Law, dict[str, float]]] = [
    (Ohm(), {"conductance": 1e-6}),
    (ConstantCurrent(), {"bias_current": 1e-6}),
    (Ramp(), {"VTH": 0.3, "RON": 100.0, "ROFF": 1e9}),
    (Junction(), JUNCTION),
    (Junction(), {**JUNCTION, "RS": 50.0}),
    (Junction(EVERYTHING), {**JUNCTION, "RS": 50.0}),
    (CardJunction(read_diode_card(CARD, "card")), {"temperature": 350.0}),
    (DiodeMos("n"), MOS),
    (DiodeMos("p"), {**MOS, "VTO": 0.3}),
    (Shockley(), PAIR),
    (Antiparallel(), PAIR),
    (SinhCell(), {"conductance": 1e-6, "V0": 0.25}),
    (StanfordCell(), {"gap": 1e-9, "I0": 1e-3, "g0": 0.25e-9, "V0": 0.25}),
]
IDS = [f"{type(law).__name__}-{number}" for number, (law, _) in enumerate(CASES)]
DROPS = np.linspace(-1.1, 1.1, 33).reshape(11, 3) + 0.00371
"""Of eleven samples and three branches, V."""
CHANGES = (1e-13, 0.4, -0.7)


def asked(values: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Return what a backend asks of a law."""
    for method in ("current", "slope"):
        yield method, (DROPS, values)
    for change in (np.full_like(DROPS, number) for number in CHANGES):
        yield "current_change", (DROPS, change, values)
        yield "change_rounding", (DROPS, change, values)
    for name in (name for name, value in values.items() if value.any()):
        yield "contrast", (name, DROPS, np.full_like(DROPS, CHANGES[0]), values)


def taken(argument: Any, xp: Any) -> Any:
    """Return arrays as another library's, out of NumPy's reach."""
    if isinstance(argument, dict):
        return {name: taken(value, xp) for name, value in argument.items()}
    if isinstance(argument, np.ndarray):
        return xp.asarray(argument, device=xp.Device(DEVICE))
    return argument


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_every_library_computes_the_same_numbers(law: Law, values: dict[str, float]) -> None:
    xp = strict_library()
    for method, arguments in asked({name: np.full(3, value) for name, value in values.items()}):
        with np.errstate(all="ignore"):
            expected = getattr(law, method)(*arguments)
            found = getattr(law, method)(*(taken(argument, xp) for argument in arguments))
        assert found.device == xp.Device(DEVICE)
        assert found.dtype == xp.float64
        assert np.isfinite(expected).all()
        if method == "contrast":  # which may divide a difference of rounded currents by a change
            assert np.abs(host(found) - expected).max() <= 1e-9 * np.abs(expected).max()
        else:  # the functions are NumPy's in the end, and none is left out
            assert np.array_equal(host(found), expected), method


def test_no_law_that_claims_to_follow_the_array_api_is_left_out() -> None:
    def below(law: type[Law]) -> set[type[Law]]:
        return {law}.union(*(below(other) for other in law.__subclasses__()))

    packages = ("ebana_core", "ebana_diode_mos", "ebana_memristor")
    claiming = {
        law
        for law in below(Law)
        if law.__module__.split(".")[0] in packages
        and law.follows_array_api
        and not law.__abstractmethods__
    }
    assert claiming == {type(law) for law, _ in CASES}
