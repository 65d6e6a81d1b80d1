"""Drawings of the documentation are what their programs draw, and no label is cut off."""

import itertools

import pytest

from tools import drawings
from tools.drawing import Drawing

Box = tuple[float, float, float, float, str]
"""Left, top, right, bottom, and what is written."""
WIDE = 0.62
"""Width of a letter of a sans-serif font, in sizes: a little more than their mean."""


@pytest.mark.parametrize("picture", drawings.PICTURES, ids=lambda picture: picture.__name__)
def test_a_picture_is_what_is_drawn(picture) -> None:  # type: ignore[no-untyped-def]
    stored = (drawings.FOLDER / f"{picture.__name__}.svg").read_text()
    assert stored == str(picture()), "run `python -m tools.drawings`"


@pytest.mark.parametrize("picture", drawings.PICTURES, ids=lambda picture: picture.__name__)
def test_labels_lie_on_the_paper_and_not_on_each_other(picture) -> None:  # type: ignore[no-untyped-def]
    image = picture()
    boxes = [_box(*text) for text in image.texts]
    for left, top, right, bottom, what in boxes:
        assert min(left, top, image.width - right, image.height - bottom) >= 0, what
    for one, other in itertools.combinations(boxes, 2):
        assert not _overlap(one, other), (one[-1], other[-1])


def test_a_label_that_is_cut_off_would_be_found() -> None:
    image = Drawing(100, 50, "A label that is too long")
    image.text(20, 20, "a label that is too long")
    assert _box(*image.texts[0])[2] > image.width


def _box(x: float, y: float, what: str, anchor: str, size: int) -> Box:
    width = WIDE * size * len(what)
    left = x - width * {"start": 0, "middle": 0.5, "end": 1}[anchor]
    return left, y - 0.8 * size, left + width, y + 0.2 * size, what


def _overlap(one: Box, other: Box) -> bool:
    sides = (max(one[k], other[k]) < min(one[k + 2], other[k + 2]) for k in (0, 1))
    return all(sides)
