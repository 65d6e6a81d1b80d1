"""IDX files are read, and damaged ones refused."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from ebana_core.data import load_idx, read_idx
from ebana_core.data.idx import NAMES
from ebana_core.errors import DataError, StorageError


def idx(array: np.ndarray, code: int = 8) -> bytes:
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def write(folder: Path, *, zipped: bool) -> None:
    rng = np.random.default_rng(0)
    for part, name in NAMES.items():
        n = 5 if "train" in part else 3
        shape = (n, 4, 4) if "images" in part else (n,)
        content = idx(rng.integers(0, 255, shape, dtype=np.uint8))
        path = folder / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content) if zipped else content)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_folder_is_read(tmp_path: Path, zipped: bool) -> None:
    write(tmp_path, zipped=zipped)
    images = load_idx(tmp_path)
    assert images.train_images.shape == (5, 4, 4)
    assert images.test_labels.shape == (3,)
    assert images.train_images.dtype == np.uint8


def test_wide_numbers_have_their_byte_order(tmp_path: Path) -> None:
    values = np.array([[1.5, -2.0]], dtype=">f4")
    (tmp_path / "x").write_bytes(idx(values, code=0x0D))
    assert read_idx(tmp_path / "x").tolist() == [[1.5, -2.0]]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"PNG", "not an IDX file"),
        (b"\0\0\x08\x03\0\0", "ends within its header"),
        (idx(np.zeros((2, 3), np.uint8))[:-1], "takes 18"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "takes"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, content: bytes, match: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match=match):
        read_idx(tmp_path / "x")


def test_missing_and_cut_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="train-images-idx3-ubyte"):
        load_idx(tmp_path)
    write(tmp_path, zipped=True)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StorageError, match="t10k-labels"):
        load_idx(tmp_path)


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    write(tmp_path, zipped=False)
    (tmp_path / NAMES["test_labels"]).write_bytes(idx(np.zeros(7, np.uint8)))
    with pytest.raises(DataError, match=r"\(3, 4, 4\).*\(7,\)"):
        load_idx(tmp_path)


def test_a_file_may_be_as_large_as_the_limit_and_no_byte_larger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = idx(np.arange(6, dtype=np.uint8))
    (tmp_path / "x").write_bytes(gzip.compress(content))
    monkeypatch.setattr("ebana_core.data.idx.LARGEST_CONTENT", len(content))
    assert read_idx(tmp_path / "x").tolist() == [0, 1, 2, 3, 4, 5]
    monkeypatch.setattr("ebana_core.data.idx.LARGEST_CONTENT", len(content) - 1)
    with pytest.raises(DataError, match=f"holds more than {len(content) - 1} bytes"):
        read_idx(tmp_path / "x")
