"""Paths that lead to no file, and files that hold something else, are refused at once."""

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, Run, optimizers
from ebana_core.data.idx import read_idx
from ebana_core.errors import EbanaError, StorageError
from ebana_core.paths import partial_path, replacing
from tests.support.mistakes import fit, network

FILES: dict[str, Callable[[Path], Any]] = {
    "model": lambda path: Model.load(path),
    "run": lambda path: Run.open(path),
    "images": lambda path: read_idx(path),
    "state": lambda path: optimizers.Adam(network()).load_state(path),
    "archive": lambda path: network().parameters.load_npz(path),
    "table": lambda path: network().parameters.load_csv("d.conductance", path),
    "to save": lambda path: network().save(path),
    "to save an archive": lambda path: network().parameters.save_npz(path),
    "to run": lambda path: fit(run=path, overwrite=True),
    "netlist": lambda path: network().write_netlist(path, inputs={"x": [[1, 2]]}),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "long name", "zero byte", "nowhere"])
def test_what_is_no_file_is_refused_at_once(what: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "long name":
        path = tmp_path / ("a" * 300)
    elif kind == "zero byte":
        path = tmp_path / "a\0b"
    else:
        path = tmp_path / "nowhere" / "thing"
    with pytest.raises(StorageError):
        FILES[what](path)


@pytest.mark.parametrize("what", FILES)
def test_a_path_of_no_letters_is_not_the_folder_that_one_stands_in(what: str) -> None:
    with pytest.raises(StorageError, match="'' cannot be the path of a file: it is empty"):
        FILES[what]("")  # type: ignore[arg-type]  # a text, as users write paths


def test_names_as_long_as_file_systems_allow_are_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252 + ".h5")
    network().save(path)
    assert Model.load(path).layers


def test_files_of_long_names_that_begin_alike_are_written_apart() -> None:
    first, second = (Path("n" * 200 + end) for end in (".h5", ".h5.padded"))
    assert partial_path(first) != partial_path(second)
    assert len(partial_path(first).name) < 100


def test_images_of_many_axes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\x46" + b"\0\0\0\x01" * 70 + b"\1")
    with pytest.raises(EbanaError, match="70 axes"):
        read_idx(path)


def test_an_archive_of_one_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.ones((2, 2)))
    with pytest.raises(StorageError, match="one array without a name"):
        network().parameters.load_npz(tmp_path / "a.npz")


def test_an_archive_that_grows_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.conductance.npy", bytes(50_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(StorageError, match="take 50000000 bytes"):
        network().parameters.load_npz(path)


def test_what_the_system_says_stands_in_place_of_what_hdf5_says(tmp_path: Path) -> None:
    told = "Unable to synchronously create file (file write failed: time = now\n, errno = 28)"
    with pytest.raises(StorageError) as caught, replacing(tmp_path / "model.h5"):
        raise OSError(errno.ENOSPC, told)
    assert caught.value.problem.endswith("cannot be written: No space left on device.")
