"""The circuits of the documentation are those that their programs draw."""

from collections import Counter
from xml.etree import ElementTree

import pytest

from ebana_core.schematics.parts import Symbol, Text
from tools.circuits import FOLDER, PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_a_stored_circuit_says_what_is_drawn(name: str) -> None:
    """Releases of schemdraw write the same words in files of other bytes."""
    build, max_units = PICTURES[name]
    drawn = build().schematic(max_units=max_units)
    words = Counter(part.what for part in drawn.parts if isinstance(part, Text))
    symbols = [part for part in drawn.parts if isinstance(part, Symbol)]
    words.update(part.text for part in symbols if part.text)
    stored = ElementTree.parse(FOLDER / f"{name}.svg").iter("{http://www.w3.org/2000/svg}tspan")
    found = Counter(item.text for item in stored if item.text)
    assert found == words, "run `python -m tools.circuits`"
