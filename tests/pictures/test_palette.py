"""Colours that are told apart by everybody, on white and on black."""

from itertools import combinations

import numpy as np
import pytest

from ebana_core.plots import PALETTE

# What eyes without one kind of cone make of linear red, green and blue: G. Machado, M. Oliveira
# and L. Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009) 1291, severity 1.
DEFICIENCY = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# sRGB to XYZ at D65, IEC 61966-2-1.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
SEEN = 10.0
"""CIE76 distance; a just noticeable one is 2.3 (Mahy et al., Color Res. Appl. 19 (1994) 105)."""
FIRST = 4
"""Colours of most pictures, which are further apart."""
CONTRAST, LEAST = 3.0, 2.2
"""Of luminances against the cards of pages: of the first colours, as WCAG 2 asks of lines, and of
all others."""


def linear(color: str) -> np.ndarray:
    values = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(color: str, seen_by: str) -> np.ndarray:
    rgb = np.clip(np.array(DEFICIENCY[seen_by]) @ linear(color), 0, 1)
    x, y, z = np.cbrt(TO_XYZ @ rgb / TO_XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eyes", DEFICIENCY)
def test_two_colours_are_never_taken_for_one(eyes: str) -> None:
    apart = {
        (one, other): float(np.linalg.norm(lab(one, eyes) - lab(other, eyes)))
        for one, other in combinations(PALETTE, 2)
    }
    assert min(apart.values()) >= SEEN, min(apart, key=lambda pair: apart[pair])
    first = {pair: d for pair, d in apart.items() if set(pair) <= set(PALETTE[:FIRST])}
    assert min(first.values()) >= 1.5 * SEEN


@pytest.mark.parametrize("card", ["#ffffff", "#181d23"])
def test_every_colour_stands_out_from_the_page(card: str) -> None:
    for place, color in enumerate(PALETTE):
        one, other = (0.05 + TO_XYZ[1] @ linear(each) for each in (color, card))
        least = CONTRAST if place < FIRST else LEAST
        assert max(one, other) / min(one, other) >= least, color
