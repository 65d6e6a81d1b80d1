"""Photographs of pages are there, as sharp as the page that shows them, and small."""

import re

from PIL import Image

from tests.support.project import ROOT

PAGE = (ROOT / "docs" / "screens.md").read_text()
FOLDER = ROOT / "docs" / "images" / "screens"
MOST_BYTES = 150_000


def test_every_photograph_is_shown_and_small() -> None:
    shown = re.findall(r"!\[[^]]+\]\(images/screens/(\w+\.webp)\)", PAGE)
    assert sorted(shown) == sorted(path.name for path in FOLDER.iterdir())
    assert len(shown) == 6
    for name in shown:
        assert (FOLDER / name).stat().st_size < MOST_BYTES
        with Image.open(FOLDER / name) as image:
            assert image.size == (1280, 900)
