"""Transistors' laws against ngspice's own readings, and their slopes, over random models."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.format import element_lines
from ebana_core.laws import bjt
from ebana_core.laws.bjt import Bjt
from ebana_core.laws.bjt_numbers import BJT, bjt_of
from ebana_core.laws.jfet import JFET, jfet_of
from ebana_core.laws.known_words import KnownWords
from ebana_core.laws.mosfet_numbers import MOSFET, mosfet_of
from ebana_core.laws.spice import ModelCard, ModelDevice
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.laws.transistor import Transistor
from tests.support.readings import readings

Ranges = dict[str, tuple[float, float]]
"""Word to the range that it is drawn from; of those above zero over decades, its logarithm."""
N_MODELS, N_POINTS, N_PER_DECK = 24, 4, 3

BIPOLAR: tuple[Ranges, Ranges] = (
    {
        **dict.fromkeys(["is", "ise", "isc", "iss"], (-16, -12)),
        **dict.fromkeys(["ikf", "ikr", "rbm"], (-3, 0)),
        "rb": (0, 3),
        "irb": (-6, -3),
        "rc": (-1, 2),
        "re": (-2, 1),
    },
    {
        "bf": (20, 500),
        "br": (0.5, 20),
        "vaf": (20, 200),
        "var": (10, 50),
        "nf": (0.95, 1.2),
        "nr": (0.95, 1.2),
        "ne": (1.3, 2.5),
        "nc": (1.3, 2.5),
        "nkf": (0.3, 1.2),
        "ns": (1.0, 1.5),
        "xtb": (0, 2),
        "eg": (1.0, 1.2),
        "xti": (2, 5),
        "tnom": (10, 40),
        **dict.fromkeys(["tbf1", "trb1", "trc1", "tre1", "tnf1", "tikf1", "tvaf1"], (-1e-3, 1e-3)),
        "trm1": (-1e-3, 1e-3),
        "tirb1": (-1e-3, 1e-3),
    },
)
FIELD: tuple[Ranges, Ranges] = (
    {"kp": (-6, -2), "is": (-16, -11), "js": (-6, 0), "rd": (-2, 3), "rs": (-2, 3)}
    | {"nsub": (14, 17), "nss": (9, 11)},
    {
        "gamma": (0, 1.5),
        "phi": (0.4, 1),
        "vto": (-1, 2),
        "ld": (0, 2e-7),
        "u0": (200, 800),
        "tox": (1e-8, 1e-7),
        "tnom": (10, 40),
        "tpg": (1, 1),
    },
)
RANGES: dict[str, tuple[Ranges, Ranges]] = {
    "q": BIPOLAR,
    "m1": (FIELD[0], {**FIELD[1], "lambda": (0, 0.1)}),
    "m3": (
        {**FIELD[0], "vmax": (4, 6), "nfs": (9, 12)},
        {
            **FIELD[1],
            "theta": (0, 0.3),
            "eta": (0, 1),
            "kappa": (0, 2),
            "delta": (0, 2),
            "xj": (1e-7, 1e-6),
            "wd": (0, 1e-7),
            "xl": (0, 1e-7),
            "xw": (0, 1e-7),
            "delvto": (-0.1, 0.1),
        },
    ),
    "j": (
        {"beta": (-5, -2), "is": (-16, -11), "rd": (-1, 2), "rs": (-1, 2)},
        {
            "vto": (-4, -0.5),
            "lambda": (0, 0.1),
            "b": (0.5, 1.3),
            "pb": (0.6, 1.2),
            "xti": (2, 4),
            "eg": (1.0, 1.2),
            "tcv": (0, 1e-3),
            "vtotc": (-2e-3, 0),
            "bex": (-2, 0),
            "betatce": (-0.5, 0),
            "tnom": (10, 40),
        },
    ),
}
WORDS: dict[str, KnownWords] = {"q": BJT, "m1": MOSFET[1], "m3": MOSFET[3], "j": JFET}
MAKERS: dict[str, Callable[..., Transistor]] = {
    "q": bjt_of,
    "m1": mosfet_of,
    "m3": mosfet_of,
    "j": jfet_of,
}
TYPES = {"q": ("npn", "pnp"), "m1": ("nmos", "pmos"), "m3": ("nmos", "pmos"), "j": ("njf", "pjf")}
Made = tuple[Transistor, ModelCard, dict[str, float], float, int]


def random_transistors(kind: str, seed: int) -> Iterator[Made]:
    """Yield transistors with models, sizes, temperatures, K, and signs."""
    rng = np.random.default_rng(seed)
    decades, linear = RANGES[kind]
    for _ in range(N_MODELS):
        sign = int(rng.choice([1, -1]))
        drawn = {n: 10 ** rng.uniform(*r) for n, r in decades.items() if rng.random() < 0.5}
        drawn |= {n: rng.uniform(*r) for n, r in linear.items() if rng.random() < 0.5}
        if kind == "m3":
            drawn["level"] = 3.0
        sizes = (
            {"w": rng.uniform(2e-6, 1e-4), "l": rng.uniform(1e-6, 1e-5)} if kind[0] == "m" else {}
        )
        if rng.random() < 0.4:
            sizes |= {"ad": 1e-11, "as": 2e-11} if kind[0] == "m" else {"area": 2.5}
        if rng.random() < 0.3:
            sizes["m"] = 3.0
        temperature = 300.15 if rng.random() < 0.5 else rng.uniform(250.0, 380.0)
        card = ModelCard(TYPES[kind][sign < 0], tuple(drawn.items()))
        found = WORDS[kind].numbers(card, "m")
        yield MAKERS[kind](found, sign, sizes, temperature), card, sizes, temperature, sign


def wired(kind: str, name: str, drives: Array) -> list[str]:
    """Return the lines that drive a transistor behind resistances."""
    gate, drain, bulk = (float(drive) for drive in drives)
    lines = [f"vg{name} s1{name} 0 {gate!r}", f"rg{name} s1{name} g{name} 1k"]
    lines += [f"vd{name} s2{name} 0 {drain!r}", f"rd{name} s2{name} d{name} 100"]
    lines += [f"re{name} e{name} 0 20"]
    return lines + ([] if kind == "j" else [f"vb{name} b{name} 0 {bulk!r}"])


def read(kind: str, name: str, found: dict[str, float], sign: int) -> tuple[Array, Array]:
    """Return the voltages at a law's terminals, those behind resistances too, and two currents.

    The currents are those into the inner drain or collector, and into gate, bulk or base.
    """
    at = {word: found[f"@{name}[{word}]"] for word in READ[kind]}
    if kind == "q":
        c, e = -sign * at["vbc"], -sign * at["vbe"]
        return np.array([c, 0.0, e, 0.0, c, 0.0, e]), np.array([at["ic"], at["ib"]])
    if kind == "j":
        d, s = -sign * at["vgd"], -sign * at["vgs"]
        return np.array([d, 0.0, s, d, s]), sign * np.array([at["id"], at["ig"]])
    d, g, b = (sign * at[word] for word in ("vds", "vgs", "vbs"))
    bulk = at["ibd"] + at["ibs"]
    return np.array([d, g, 0.0, b, d, 0.0]), sign * np.array([at["id"], bulk])


READ = {
    "q": ("vbe", "vbc", "ic", "ib"),
    "m1": ("vgs", "vds", "vbs", "id", "ibd", "ibs"),
    "m3": ("vgs", "vds", "vbs", "id", "ibd", "ibs"),
    "j": ("vgs", "vgd", "id", "ig"),
}
INNER = {"q": ([4], [1, 5]), "m1": ([4], [3]), "m3": ([4], [3]), "j": ([3], [1])}
"""Terminals whose currents are read."""


@pytest.mark.ngspice
@pytest.mark.parametrize("kind", list(TYPES))
def test_currents_are_those_that_ngspice_reads_off_its_transistors(kind: str) -> None:
    rng = np.random.default_rng(3)
    made = list(random_transistors(kind, 17))
    for first in range(0, N_MODELS, N_PER_DECK):
        elements, lines, devices = [], [], []
        for k, (law, card, sizes, temperature, sign) in enumerate(made[first : first + N_PER_DECK]):
            for j in range(N_POINTS):
                name = f"{kind[0]}{k}_{j}"
                nodes = tuple(f"{end}{name}" for end in ("dge" if kind == "j" else "dgeb"))
                settings = (*sizes.items(), ("temp", temperature - ZERO_CELSIUS))
                elements.append(ModelDevice(name, nodes, card, settings))
                drives = sign * rng.uniform([-1.0, -2.0, -1.0], [3.0, 5.0, 0.3])
                lines += wired(kind, name, drives)
                devices.append((name, law, sign))
        wanted = [f"@{name}[{word}]" for name, _, _ in devices for word in READ[kind]]
        found = readings([*element_lines(elements), *lines], wanted)
        for name, law, sign in devices:
            voltages, currents = read(kind, name, found, sign)
            own = law.at(voltages[None, :])[0][0]
            if isinstance(law, Bjt):  # the readings leave the substrate out
                own = _without_substrate(law, voltages)
            # A lateral one's base is read less the substrate's current; blocks try it whole.
            n_read = 1 if isinstance(law, Bjt) and law.is_lateral else 2
            for places, current in zip(INNER[kind][:n_read], currents[:n_read], strict=True):
                mine = sum(own[place] for place in places)
                assert abs(mine - current) <= 1e-10 * abs(current) + 1e-26, (name, law)


def _without_substrate(law: Bjt, voltages: Array) -> Array:
    """Return the currents with a substrate at the voltage of what it touches."""
    touched = voltages[bjt.B1 if law.is_lateral else bjt.C1]
    level = np.where(np.arange(law.n_terminals) == bjt.S, touched, voltages)
    return law.at(level[None, :])[0][0]


@pytest.mark.parametrize("kind", list(TYPES))
def test_slopes_are_the_derivatives_and_currents_sum_to_nothing(kind: str) -> None:
    rng = np.random.default_rng(4)
    step = 1e-6
    for law, _, _, _, sign in random_transistors(kind, 11):
        n = law.n_terminals
        inner = sign * rng.uniform(-1.0, 1.0, (20, n))
        currents, sizes, slopes, _ = law.at(inner)
        assert (np.abs(currents.sum(axis=-1)) <= 1e-13 * sizes.sum(axis=-1)).all()
        for k in range(n):
            moved = np.eye(n)[k] * step
            above, below = law.at(inner + moved)[0], law.at(inner - moved)[0]
            numeric = (above - below) / (2 * step)
            # Rounding of the terms over the step; third derivatives at kT/q; corners of laws.
            allowed = 1e-15 * sizes / step + 1e-6 * np.abs(slopes).max(axis=-1)
            assert (np.abs(numeric - slopes[..., k]) <= allowed).mean() > 0.995
