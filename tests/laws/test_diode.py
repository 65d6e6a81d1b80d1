"""The diode's law against ngspice's own readings, and its calculus, over random models."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from ebana_core.backends.ngspice.format import element_lines
from ebana_core.errors import ParameterError
from ebana_core.laws.diode_numbers import DiodeNumbers, diode_terms
from ebana_core.laws.diode_sums import diode_change, diode_content, diode_current, diode_slope
from ebana_core.laws.diode_words import DiodeCard, read_diode_card
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import JunctionDiode, ModelCard
from tests.support.readings import readings

RANGES = {
    "rs": (-3, 3, 0.6),
    "bv": (0, 2, 0.6),
    "ibv": (-8, -2, 0.5),
    "ikf": (-6, 0, 0.5),
    "ikr": (-9, -5, 0.2),
    "isr": (-12, -7, 0.5),
    "jsw": (-15, -8, 0.3),
    "jtun": (-12, -8, 0.2),
    "jtunsw": (-12, -8, 0.2),
}
"""Word to the decades that it is drawn from, and how often it is there."""
LINEAR = {
    "nbv": (0.8, 3.0, 0.4),
    "nr": (1.5, 4.0, 0.5),
    "vj": (0.3, 3.0, 0.5),
    "m": (0.1, 1.2, 0.5),
    "fc": (0.2, 0.8, 0.5),
    "tnom": (0.0, 50.0, 0.5),
    "eg": (0.6, 1.3, 0.5),
    "xti": (1.0, 4.0, 0.5),
    "trs1": (-1e-3, 3e-3, 0.3),
    "trs2": (-1e-6, 1e-6, 0.3),
    "tcv": (0.0, 1e-3, 0.3),
    "tpb": (0.0, 1e-3, 0.3),
    "tm1": (0.0, 1e-3, 0.3),
    "tm2": (0.0, 1e-5, 0.3),
    "ns": (1.0, 2.0, 0.3),
    "pj": (0.1, 3.0, 0.4),
    "ntun": (15.0, 40.0, 0.3),
    "keg": (0.5, 1.0, 0.3),
    "area": (0.3, 4.0, 0.3),
}
"""Word to the range that it is drawn from."""
N_MODELS = 60


def random_model(rng: np.random.Generator) -> dict[str, float]:
    model = {"is": 10 ** rng.uniform(-16, -6), "n": rng.uniform(0.9, 2.5)}
    for name, (low, high, share) in RANGES.items():
        if rng.random() < share:
            model[name] = 10 ** rng.uniform(low, high)
    for name, (low, high, share) in LINEAR.items():
        if rng.random() < share:
            model[name] = rng.uniform(low, high)
    return model | {name: 1.0 for name in ("tlev", "tlevc") if rng.random() < 0.2}


def random_diodes(seed: int) -> Iterator[tuple[DiodeCard, float, dict[str, float]]]:
    rng = np.random.default_rng(seed)
    for _ in range(N_MODELS):
        model = random_model(rng)
        sizes = {"area": rng.uniform(0.5, 5.0), "m": 3.0} if rng.random() < 0.3 else {}
        temperature = 300.15 if rng.random() < 0.5 else rng.uniform(250.0, 380.0)
        card = ModelCard("d", tuple(model.items()))
        yield read_diode_card(card, "m", (), sizes), temperature, sizes


def values_of(diode: DiodeCard, temperature: float) -> dict[str, np.ndarray]:
    return {name: np.array(value) for name, value in diode.values} | {
        "temperature": np.array(temperature)
    }


@pytest.mark.ngspice
def test_currents_are_those_that_ngspice_reads_off_its_diodes() -> None:
    rng = np.random.default_rng(7)
    lines, elements, devices = [], [], []
    for k, (diode, temperature, sizes) in enumerate(random_diodes(5)):
        reach = diode.numbers.bv or 10.0
        drives = [*rng.uniform(-0.3, 1.5, 3), *rng.uniform(-2.3, 0.0, 3) * reach]
        for j, drive in enumerate(drives):
            name = f"d{k}_{j}"
            settings = tuple(sizes.items())
            elements.append(JunctionDiode(name, f"n{name}", "0", diode.card, temperature, settings))
            lines += [f"v{name} s{name} 0 {float(drive)!r}", f"r{name} s{name} n{name} 100"]
            devices.append((name, diode, temperature))
    wanted = [f"@{name}[{word}]" for name, _, _ in devices for word in ("vd", "id")]
    found = readings([*element_lines(elements), *lines], wanted, reltol=1e-9)
    for name, diode, temperature in devices:
        terms = diode_terms(diode.numbers, values_of(diode, temperature))
        own = diode_current(np.array([found[f"@{name}[vd]"]]), terms)[0]
        # ngspice ends its fit of the breakdown voltage at reltol, 1e-9.
        assert own == pytest.approx(found[f"@{name}[id]"], rel=2e-9, abs=0), (name, diode)


def test_slopes_changes_and_contents_belong_to_the_current() -> None:
    points, weights = np.polynomial.legendre.leggauss(30)
    for diode, temperature, _ in random_diodes(9):
        terms = diode_terms(diode.numbers, values_of(diode, temperature))
        edges = [float(item.edge) for item in terms.diffusions]
        edges += [
            -float(item.breakdown.voltage)
            for item in terms.diffusions
            if item.breakdown is not None
        ]
        u = np.linspace(-1.5, 0.9, 31) * 1.0 + 0.00123
        u = u[(np.abs(u[:, None] - np.array(edges)) > 1e-3).all(axis=1)]
        step = 1e-5
        above, below = diode_current(u + step, terms), diode_current(u - step, terms)
        size = np.abs(above) + np.abs(below)
        # A central difference: its third derivative at 26 mV/2.5, and the currents' rounding.
        allowed = 1e-5 * np.abs(above - below) + 1e-13 * size + 1e-30
        assert (np.abs(2 * step * diode_slope(u, terms) - (above - below)) <= allowed).all()
        for change in (2e-5, -0.31, 0.4):
            # Rounding of the plain difference.
            difference = diode_current(u + change, terms) - diode_current(u, terms)
            size = np.abs(diode_current(u + change, terms)) + np.abs(diode_current(u, terms))
            assert (
                np.abs(diode_change(u, change + 0 * u, terms) - difference) <= 1e-12 * size
            ).all()
        tiny = np.full_like(u, 1e-13)
        assert diode_change(u, tiny, terms) == pytest.approx(
            diode_slope(u, terms) * tiny, rel=1e-8, abs=0
        )
        middle = u[:, None] + step * points
        integral = step * diode_current(middle.ravel(), terms).reshape(middle.shape) @ weights
        stored = diode_content(u + step, terms) - diode_content(u - step, terms)
        # Contents are sums up to here, of which the difference keeps what rounding leaves.
        noise = 1e-11 * np.abs(diode_content(u, terms)) + 1e-10 * np.abs(integral)
        assert (np.abs(stored - integral) <= noise + 1e-28).all()


@pytest.mark.parametrize("resistance", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize(
    "words", [{}, {"ikf": 1e-3, "bv": 5.0}, {"isr": 1e-9, "nr": 2.0, "bv": 30.0, "jtun": 1e-9}]
)
def test_the_inner_drop_is_found_at_any_resistance(
    resistance: float, words: dict[str, float]
) -> None:
    given = {"is": 1e-12, "n": 1.3, "rs": resistance, **words}
    diode = read_diode_card(ModelCard("d", tuple(given.items())), "m")
    law, values = Junction(diode.numbers), values_of(diode, 300.15)
    bare = diode_terms(diode.numbers, {**values, "RS": np.array(0.0)})
    drops = np.concatenate([np.linspace(-100, 100, 201), [1e-9, -1e-9, 0.4, -0.4, 0.7]])
    current = law.current(drops, values)
    inner = drops - resistance * current
    assert np.isfinite(current).all()
    # The rounding of a current moves the drop by RS of it, and that the current by the slope.
    allowed = 1e-12 * np.abs(current) * (1 + resistance * diode_slope(inner, bare))
    # The drop itself has the rounding of the whole one.
    allowed += 8e-16 * np.abs(drops) * diode_slope(inner, bare)
    assert (np.abs(diode_current(inner, bare) - current) <= allowed).all()
    for change in (1e-12, 0.1, -3.0):
        moved = law.current_change(drops, change + 0 * drops, values)
        difference = law.current(drops + change, values) - current
        if change == 1e-12:
            expected = law.slope(drops, values) * change
            assert moved == pytest.approx(expected, rel=1e-6, abs=0)
        else:
            size = np.abs(difference) + np.abs(current)
            assert (np.abs(moved - difference) <= 1e-11 * size).all()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *(("is", value) for value in (0.0, -1e-14)),
        *(("n", value) for value in (0.0, -1.0)),
        *((word, -1.0) for word in ("rs", "bv", "ikf", "isr", "eg")),
        *((word, 0.0) for word in ("vj", "area")),
        *((word, 1.0) for word in ("ron", "vfwd", "vrev", "t_abs", "foo")),
        ("tlev", 0.5),
        ("level", 7.0),
        ("tnom", -300.0),
    ],
)
def test_numbers_that_no_diode_has_are_named(word: str, value: float) -> None:
    with pytest.raises(ParameterError, match=rf"\b{word}\b"):
        read_diode_card(ModelCard("d", ((word, value),)), "the model m")


def test_words_of_vendors_count_for_nothing_and_are_said_once() -> None:
    card = ModelCard("d", (("is", 1e-9), ("iave", 1.0), ("tbv1", 1e-3), ("cjo", 1e-12)))
    with pytest.warns(UserWarning, match=r"m has iave, mfg, tbv1, which") as caught:
        diode = read_diode_card(card, "m", (("mfg", "somebody"),))
    assert len(caught) == 1
    assert diode.card.numbers == (("rs", 0.0), ("is", 1e-9), ("cjo", 1e-12))


def test_words_of_charge_are_said_not_at_all() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_diode_card(ModelCard("d", (("tt", 1e-9), ("cjo", 1e-12), ("kf", 1.0))), "m")


def test_knees_below_the_smallest_current_count_for_nothing() -> None:
    card = ModelCard("d", (("is", 1e-12), ("ik", 1e-186), ("ikr", 0.0)))
    diode = read_diode_card(card, "m")
    assert (diode.numbers.ikf, diode.numbers.ikr) == (0.0, 0.0)
    assert diode.card.numbers == (("rs", 0.0), ("is", 1e-12))


RESISTIVE = {"IS": 7.8e-16, "N": 1.1, "RS": 0.46, "temperature": 300.15}


def test_a_current_behind_a_steep_junction_has_all_its_digits() -> None:
    """At a breakdown of 2 kV the last digit of the junction's drop is 1e-11 of its current."""
    law = Junction(numbers=DiodeNumbers(bv=2200.0, ibv=0.05))
    values = {name: np.array(number) for name, number in RESISTIVE.items()}
    drops = np.linspace(-2640.0, -2300.0, 50)[:, None]
    # Along an arm of slope 1/RS the current bends by a tiny part of what RS takes.
    currents, slopes = law.current(drops, values), law.slope(drops, values)
    steps = np.diff(currents, axis=0) / np.diff(drops, axis=0)
    assert steps == pytest.approx((slopes[1:] + slopes[:-1]) / 2, rel=1e-4, abs=0)
    near = drops + 1e-6
    change = law.current_change(drops, near - drops, values)
    # Both drops are rounded to 4.5e-13 V, of which 0.46 ohm makes 1e-12 A.
    assert law.current(near, values) - currents == pytest.approx(change, abs=4e-12)
