"""Schematics in a browser, whose letters are as wide as its own font makes them."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.support.browsers import QUIET, chromium
from tests.support.drawn_networks import NETWORKS

MEASURED = """() => [...document.querySelectorAll('svg')].map(svg => {
  const box = e => {
    const place = e.getBoundingClientRect();
    return [place.left, place.top, place.right, place.bottom];
  };
  return [box(svg), [...svg.querySelectorAll('text')].map(e => [e.textContent, ...box(e)])];
})"""
TOUCHING = 1.5
"""Pixels by which boxes, which have room for letters with tails, may overlap."""


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_no_text_is_cut_off_or_lies_on_another(tmp_path: Path) -> None:
    pictures = [
        NETWORKS[name]().schematic()._repr_svg_() for name in ("hidden", "skipping", "webs")
    ]
    with chromium(tmp_path / "profile", is_offline=True) as browser:
        tab = browser.new_page()
        tab.set_content("<br>".join(pictures))
        found = tab.evaluate(MEASURED)
    assert len(found) == len(pictures)
    for (left, top, right, bottom), texts in found:
        assert len(texts) > 20
        for what, x, y, end, below in texts:
            assert left <= x < end <= right, what
            assert top <= y < below <= bottom, what
        for (one, x, y, end, below), (other, x2, y2, end2, below2) in combinations(texts, 2):
            wide, high = min(end, end2) - max(x, x2), min(below, below2) - max(y, y2)
            assert min(wide, high) < TOUCHING, (one, other)
