"""The picture of the house shows the rooms and the imports that the code has."""

import pytest

from tests.support.house import IMPORTS
from tools.house import GROUND, PACKAGE, PICTURE, STOREYS, arrows, first_paragraph, picture, rooms
from tools.imports import modules, room_of

ARROWS = arrows(IMPORTS)
FOLDERS = {name: path for name, path in modules(PACKAGE).items() if path.name == "__init__.py"}


def test_the_committed_picture_is_what_the_code_says() -> None:
    assert PICTURE.read_text() == picture(IMPORTS), "draw it anew: python -m tools.house"


def test_the_picture_names_every_room() -> None:
    text = PICTURE.read_text()
    for room in rooms():
        assert f"class='name'>{room.name}</text>" in text


def test_arrows_are_imports_and_every_import_down_follows_from_arrows() -> None:
    height = {room: -level for level, floor in enumerate(STOREYS) for room in floor}
    down = {
        (one, other)
        for one, other in {(room_of(item.importer), room_of(item.imported)) for item in IMPORTS}
        if one in height and other in height and height[other] < height[one]
    }
    assert down >= ARROWS
    reached = {room: {other for one, other in ARROWS if one == room} for room in height}
    for room in sorted(height, key=height.__getitem__):
        reached[room] = reached[room].union(*(reached[other] for other in reached[room]))
    assert not {(one, other) for one, other in down if other not in reached[one]}


def test_no_arrow_leads_to_the_ground_floor() -> None:
    assert not {other for _, other in ARROWS} & {room for floor in GROUND for room in floor}


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_every_folder_says_in_one_sentence_what_it_holds(name: str) -> None:
    said = first_paragraph(FOLDERS[name])
    assert said.endswith(".")
    assert ". " not in said
    assert 20 < len(said) <= 100
