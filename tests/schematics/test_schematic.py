"""The picture itself: nothing cut off, nothing on top of each other, values in force."""

import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import MissingLibraryError, ParameterError
from ebana_core.laws import Ohm
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, SpiceBlock
from ebana_core.schematics import Schematic
from ebana_core.schematics.numbers import engineering, span
from ebana_core.schematics.parts import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PALE,
    PAPER,
    PURPLE,
    Symbol,
    Text,
    Wire,
)
from tests.support.drawn_networks import (
    DRAWN,
    NETWORKS,
    cells,
    hidden,
    joined,
    real_parts,
    skipping,
)

TOUCHING = 0.02
"""Two texts may come as near as this to each other's boxes, which are wider than the letters."""


def oddly_named() -> Model:
    """A block whose names hold marks of XML, and formulas that matplotlib cannot read."""
    text = ".subckt <r&$d$> in& o$_$t\nR1 in& o$_$t 1k\n.ends\n"
    block = SpiceBlock(name="s", subcircuit=text, inputs=["in&"], outputs=["o$_$t"])
    x = InputVoltageLayer(units=1, name="x")
    return Model([x], [CurrentLayer(name="y", fold=False)(block(x))], seed=0)


def texts(drawn: Schematic) -> list[Text]:
    return [part for part in drawn.parts if isinstance(part, Text)]


def words(drawn: Schematic) -> set[str]:
    return {text.what for text in texts(drawn)}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_no_text_is_cut_off_or_on_another_or_on_an_upright_wire(name: str) -> None:
    drawn = NETWORKS[name]().schematic()
    left, top, right, bottom = drawn.corners
    boxes = [(text.what, *text.corners) for text in texts(drawn)]
    for what, x, y, end, below in boxes:
        assert left < x < end < right, what
        assert top < y < below < bottom, what
    for (one, x, y, end, below), (other, x2, y2, end2, below2) in combinations(boxes, 2):
        wide, high = min(end, end2) - max(x, x2), min(below, below2) - max(y, y2)
        assert min(wide, high) < TOUCHING, (one, other)
    upright = [
        (a[0], *sorted((a[1], b[1])))
        for part in drawn.parts
        if isinstance(part, Wire)
        for a, b in zip(part.points[:-1], part.points[1:], strict=True)
        if a[0] == b[0]
    ]
    for text in texts(drawn):
        left, top, right, bottom = text.corners
        through = [x for x, low, high in upright if left + TOUCHING < x < right - TOUCHING
                   and low < bottom - TOUCHING and high > top + TOUCHING]  # fmt: skip
        assert not through, text
    sources = [(p.start[0], *sorted((p.start[1], p.end[1]))) for p in drawn.parts
               if isinstance(p, Symbol) and p.kind == "output"]  # fmt: skip
    for (x, low, high), (x2, low2, high2) in combinations(sources, 2):
        assert x != x2 or min(high, high2) <= max(low, low2)


def test_the_picture_is_svg_with_paper_of_its_own_and_all_texts() -> None:
    drawn = real_parts().schematic()
    root = ElementTree.fromstring(drawn._repr_svg_())
    x, y, width, height = map(float, root.attrib["viewBox"].split())
    left, top, right, bottom = (36 * place for place in drawn.corners)
    # As large as the paper, to a line's width.
    assert [x, y, x + width, y + height] == pytest.approx(
        [left, top, right, bottom], abs=1.1, rel=0
    )
    found = [item.text for item in root.iter("{http://www.w3.org/2000/svg}tspan")]
    symbols = [part for part in drawn.parts if isinstance(part, Symbol)]
    gains = [part.text for part in symbols if part.kind in ("amplifier", "back")]
    assert sorted(filter(None, found)) == sorted([*(text.what for text in texts(drawn)), *gains])
    assert PAPER in drawn.svg
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "Circuit of the layers x, d1, pairs, amp, pear, d2, limited, y"
    # Of 3 + 3 + 9 + 3 + 1 + 3 * 4 + 6 + 2 + 2 devices, each has its symbol.
    assert repr(drawn) == "Schematic(41 devices, 41 of them drawn one by one)"


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"),
                                              ("pdf", b"%PDF")])  # fmt: skip
def test_the_picture_is_written_as_its_suffix_says(
    tmp_path: Path, suffix: str, start: bytes
) -> None:
    path = tmp_path / f"circuit.{suffix}"
    odd = oddly_named().schematic()
    odd.save(path)
    assert path.read_bytes().startswith(start)
    assert {"<r&$d$>", "in&", "o$_$t"} <= words(odd)
    if suffix == "svg":
        found = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}tspan")
        assert {"<r&$d$>", "in&", "o$_$t"} <= {item.text for item in found}


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"circuit\.jpg"):
        cells().schematic().save(tmp_path / "circuit.jpg")
    assert not list(tmp_path.iterdir())


def test_without_schemdraw_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = cells().schematic()
    monkeypatch.setitem(sys.modules, "schemdraw", None)
    with pytest.raises(MissingLibraryError, match=r"ebana-core\[draw\]"):
        drawn._repr_svg_()


@pytest.mark.parametrize("max_units", [3, 2.5, "many", True, None])
def test_too_few_nodes_are_refused(max_units: object) -> None:
    with pytest.raises(ParameterError, match="max_units"):
        cells().schematic(max_units=max_units)


def test_values_are_those_in_force() -> None:
    model = hidden()
    model.parameters["d1.conductance"] = [[1e-6, 2e-6, 3e-6]] * 5 + [[4.56e-4, 2e-6, 3e-6]]
    assert "456 µS" in words(model.schematic())
    sample = {"xp": [0.25, 1.0], "xn": [-0.25, -1.0]}
    assert {"250 mV", "−250 mV"} <= words(model.schematic(sample))
    assert "voltages of a sample" in words(model.schematic())


def test_what_learns_is_orange_until_it_is_frozen() -> None:
    model = hidden()

    def colours(element: str) -> set[str]:
        parts = model.schematic().parts
        return {p.colour for p in parts if isinstance(p, Symbol) and p.element == element}

    assert colours("d1") == colours("b2") == {ORANGE}
    assert (colours("down"), colours("b1")) == ({INK}, {BLUE})
    model.trainable["d1"] = False
    assert colours("d1") == {INK}


def test_diodes_point_the_way_they_conduct_and_sources_stand_on_their_minus() -> None:
    drawn = hidden().schematic()

    def heights(element: str) -> set[bool]:
        symbols = [p for p in drawn.parts if isinstance(p, Symbol) and p.element == element]
        return {symbol.start[1] < symbol.end[1] for symbol in symbols}

    # Head to tail: a diode "down" leads from its wire down to the rail, "up" the other way.
    assert (heights("down"), heights("up"), heights("up_rail")) == ({True}, {False}, {True})


def test_sources_stand_just_before_what_they_feed_and_outputs_at_the_end() -> None:
    def places(name: str, element: str) -> list[float]:
        parts = NETWORKS[name]().schematic().parts
        return [p.start[0] for p in parts if isinstance(p, Symbol) and p.element == element]

    assert max(places("hidden", "d1")) < min(places("hidden", "b2")) < min(places("hidden", "d2"))
    sensed = "transistor_grid"
    assert max(places(sensed, "y__sense")) < min(places(sensed, "y"))


def test_a_large_network_is_abridged_and_says_how_large_it_is() -> None:
    drawn = joined(20).schematic(max_units=6)
    assert {"20 × 20", "400 resistors", "20 diodes", "⋮"} <= words(drawn)
    assert drawn.abridged >= {"x", "z", "d1", "d2", "d3", "join", "down", "amp", "y"}
    assert drawn.symbols["down"] == 6
    assert "20 × 40" in words(drawn)
    assert {"down[0]", "x[19]"} & words(drawn) == {"x[19]"}
    assert not joined(5).schematic(max_units=10).abridged
    # An even number before the ellipsis, which parts no pair of nodes then.
    assert {"d3[3]", "d3[4]"} & words(joined(20).schematic(max_units=7)) == {"d3[3]"}


def test_a_shunt_from_every_node_is_told_once() -> None:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=2, name="d", **DRAWN)(x)
    model = Model([x], [CurrentLayer(name="y")(d)], shunt=1e-12)
    assert "1 TΩ from every node to ground" in words(model.schematic())


def test_fixed_resistances_are_told_in_ohms_and_bounds_in_volts() -> None:
    assert {"50 Ω", "1 MΩ"} <= words(real_parts().schematic())
    assert "−500 mV" in words(skipping().schematic())
    wired = words(NETWORKS["wired_cells"]().schematic())
    assert {"row wires: 6 × 1 Ω", "column wires: 6 × 2 Ω"} <= wired


def test_the_branches_of_a_square_grid_are_drawn_along_the_axes() -> None:
    parts = NETWORKS["transistor_grid"]().schematic().parts
    ways = [abs(a - b) for p in parts if isinstance(p, Symbol) and p.element == "t"
            for a, b in zip(p.start, p.end, strict=True)]  # fmt: skip
    assert len(ways) == 24
    assert np.sort(ways)[:12] == pytest.approx(np.zeros(12), rel=0, abs=1e-9)


def test_values_that_change_nothing_are_left_out() -> None:
    told = words(real_parts().schematic())
    assert {"IS 1 µA, a 50 mV", "gain A = 2, low −1 V"} <= told
    assert not [line for line in told if "V_off" in line or "shift" in line]


def test_a_law_names_a_symbol_that_there_is() -> None:
    with pytest.raises(ParameterError, match=r"Plum has symbol='plum'"):
        type("Plum", (type(Ohm()).__mro__[1],), {"symbol": "plum"})


@pytest.mark.parametrize(
    ("numbers", "unit", "text"),
    [
        ([4.2e-6], "S", "4.2 µS"), ([1e-7, 1e-5], "S", "0.1–10 µS"), ([0.0], "V", "0 V"),
        ([-1.0, 1.0], "V", "−1 to 1 V"), ([0.3], "V", "300 mV"), ([999.96e-6], "S", "1 mS"),
        ([1e20], "ohm", "1e20 Ω"), ([1e-18], "A", "1e−18 A"), ([2.5e3], "ohm", "2.5 kΩ"),
        ([2e-5], "A/V^2", "20 µA/V²"), ([300.15], "K", "300 K"), ([4.0], "1", "4"),
        ([-0.0], "V", "0 V"), ([-0.0, 0.0], "V", "0 V"), ([-0.0, 0.3], "V", "0–300 mV"),
        ([1e-15, 1e-3], "S", "1 fS to 1 mS"), ([0.0, 1e20], "ohm", "0 Ω to 1e20 Ω"),
        ([-1e-9, 2.0], "V", "−1 nV to 2 V"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_engineers_do(numbers: list[float], unit: str, text: str) -> None:
    assert span(numbers, unit) == text
    assert engineering(numbers[0], unit) == span(numbers[:1], unit)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [INK, PALE, BLUE, ORANGE, GREEN, PURPLE])
def test_letters_stand_out_from_the_paper(colour: str) -> None:
    # 4.5 to 1 is the least contrast of small text in the Web Content Accessibility Guidelines.
    assert (luminance(PAPER) + 0.05) / (luminance(colour) + 0.05) > 4.5
