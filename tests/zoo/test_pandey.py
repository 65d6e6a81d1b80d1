"""Samples and grids of published networks of transistors."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from ebana_core.errors import DataError
from ebana_core.zoo.pandey2026 import IONOSPHERE
from ebana_core.zoo.transistors import torus


def write_rows(folder: Path, width: int = 34, letters: str = "gb") -> None:
    rng = np.random.default_rng(0)
    rows = [
        ",".join([*(f"{x:.5f}" for x in rng.uniform(-1, 1, width)), letters[k % 2]])
        for k in range(100)
    ]
    (folder / "ionosphere.data").write_text("\n".join(rows) + "\n")


def test_the_ionosphere_is_read_from_a_folder(tmp_path: Path) -> None:
    write_rows(tmp_path)
    train, test = IONOSPHERE.load(tmp_path)
    assert (train.n_samples, test.n_samples) == (80, 20)
    assert test.outputs is not None
    assert test.outputs["y"].sum(axis=0).tolist() == [10, 10]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"width": 33}, "rows of shape"), ({"letters": "gx"}, "is not the ionosphere")],
    ids=["narrow", "other letters"],
)
def test_a_file_of_another_form_is_refused(
    settings: dict[str, int | str], words: str, tmp_path: Path
) -> None:
    write_rows(tmp_path, **settings)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=words):
        IONOSPHERE.load(tmp_path)


def test_a_folder_without_the_file_is_told(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(DataError, match=r"ionosphere\.data"):
            IONOSPHERE.load(folder)


@pytest.mark.parametrize("side", [4, 7])
def test_a_grid_has_its_edges_in_the_published_order(side: int) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(range(1, side**2 + 1))
    for own in graph.nodes:
        row, column = divmod(own - 1, side)
        graph.add_edge(own, 1 + row * side + (column + 1) % side)
        graph.add_edge(own, 1 + ((row + 1) % side) * side + column)
    assert torus(side) == list(graph.edges())
