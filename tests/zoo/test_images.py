"""Images are those that an experiment names, or refused."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core.data.idx import NAMES
from ebana_core.errors import DataError
from ebana_core.zoo.images import BRIGHTNESS, images_of, mirrored_images
from tests.support.images import write_images


def test_images_are_found_in_a_folder_and_in_one_of_their_name(tmp_path: Path) -> None:
    write_images(tmp_path / "mnist", BRIGHTNESS["mnist"])
    for folder in (tmp_path, tmp_path / "mnist"):
        assert images_of("mnist", folder).train_images.shape == (64, 28, 28)
    train, test = mirrored_images("mnist", 100.0)(tmp_path)
    assert (train.n_samples, test.n_samples) == (64, 32)
    x = train.inputs["x"]
    assert (x[:, :784] == -x[:, 784:]).all()
    assert x.max() == pytest.approx(100.0 * 67 / 255, rel=1e-15, abs=0)  # 67: 2*0.1307*255


@pytest.mark.parametrize("folder", [None, "empty", "missing"])
def test_missing_images_are_told_with_the_files_that_are_wanted(
    folder: str | None, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        images_of("mnist", folder and tmp_path / folder)


def test_images_of_another_data_set_are_refused(tmp_path: Path) -> None:
    write_images(tmp_path, BRIGHTNESS["mnist"])
    with pytest.raises(DataError, match="as of mnist; those of fashion_mnist have"):
        images_of("fashion_mnist", tmp_path)
    write_images(tmp_path, 0.5)
    with pytest.raises(DataError, match=r"mean brightness 0\.\d+; those of mnist"):
        images_of("mnist", tmp_path)


def changed(folder: Path, part: str, values: np.ndarray[Any, np.dtype[Any]], kind: int = 8) -> None:
    """Put other numbers into a file of the folder; 8: unsigned bytes, 9: signed, 13: float32."""
    header = struct.pack(f">HBB{values.ndim}I", 0, kind, values.ndim, *values.shape)
    stored = values.astype({8: "u1", 9: "i1", 13: ">f4"}[kind])
    (folder / NAMES[part]).write_bytes(header + stored.tobytes())


@pytest.mark.parametrize(
    ("part", "labels", "kind", "told"),
    [
        ("train_labels", np.arange(64) % 11, 8, r"train images with labels from 0 to 10 \(uint8"),
        ("test_labels", np.full(32, 255), 8, r"test images with labels from 255 to 255 \(uint8"),
        ("train_labels", np.arange(64) % 10 - 1, 9, r"labels from -1 to 8 \(int8"),
        ("train_labels", np.arange(64) / 10, 13, r"labels from 0 to 6\.3 \(>f4"),
    ],
)
def test_labels_that_are_no_digits_are_refused(
    part: str, labels: np.ndarray[Any, np.dtype[Any]], kind: int, told: str, tmp_path: Path
) -> None:
    write_images(tmp_path, BRIGHTNESS["mnist"])
    changed(tmp_path, part, labels, kind)
    with pytest.raises(DataError, match=told):
        mirrored_images("mnist", 1.0)(tmp_path)


def test_images_to_test_with_are_of_the_same_data_set_and_of_its_size(tmp_path: Path) -> None:
    write_images(tmp_path, BRIGHTNESS["mnist"])
    changed(tmp_path, "test_images", np.full((32, 28, 28), 0.286 * 255))
    with pytest.raises(DataError, match=r"test images of mean brightness 0\.28\d+ as of fashion"):
        images_of("mnist", tmp_path)
    changed(tmp_path, "test_images", np.full((32, 20, 20), 33))
    with pytest.raises(DataError, match=r"test images of shape \(32, 20, 20\)"):
        images_of("mnist", tmp_path)
    changed(tmp_path, "test_images", np.zeros((0, 28, 28)))
    changed(tmp_path, "test_labels", np.zeros(0))
    with pytest.raises(DataError, match=r"test images of shape \(0, 28, 28\)"):
        images_of("mnist", tmp_path)
