"""IDX files, in which MNIST and its relatives are published, compressed or not."""

import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from ebana_core.checking import shown
from ebana_core.errors import DataError, StorageError
from ebana_core.paths import checked_source

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Third byte of a file to the type of its numbers."""

NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""Names of the parts in a folder of such files."""

MOST_AXES = 8
"""Largest number of axes of an array in a file; images have three."""
LARGEST_CONTENT = 1 << 31
"""Largest size of an unpacked file, bytes; MNIST's largest has 47 million."""

Numbers = np.ndarray[Any, np.dtype[Any]]


@attrs.frozen(eq=False)
class LabelledImages:
    """Training and test images with their labels, as stored.

    Args:
        train_images: Shape ``(n_train, height, width)``, mostly 0 to 255.
        train_labels: Shape ``(n_train,)``.
        test_images: Shape ``(n_test, height, width)``.
        test_labels: Shape ``(n_test,)``.

    Examples:
        >>> import numpy
        >>> images, labels = numpy.zeros((2, 28, 28), numpy.uint8), numpy.array([3, 7])
        >>> LabelledImages(images, labels, images, labels).train_images.shape
        (2, 28, 28)
    """

    train_images: Numbers
    train_labels: Numbers
    test_images: Numbers
    test_labels: Numbers


def load_idx(folder: str | os.PathLike[str]) -> LabelledImages:
    """Read the four files of an MNIST-style data set, gzip or not.

    Args:
        folder: Holds ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
            ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without
            ``.gz``.

    Raises:
        StorageError: A file is missing or cannot be read.
        DataError: A file is damaged, or images and labels differ in number.
    """
    if not isinstance(folder, str | os.PathLike):
        raise StorageError(f"folder is {shown(folder)}.", "give the folder of the four files")
    parts = {part: read_idx(_found(Path(folder), name)) for part, name in NAMES.items()}
    for kind in ("train", "test"):
        images, labels = parts[f"{kind}_images"], parts[f"{kind}_labels"]
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise DataError(
                f"{os.fspath(folder)} holds {kind} images of shape {images.shape} and labels of "
                f"shape {labels.shape}.",
                "use files that belong together",
            )
    return LabelledImages(**parts)


def read_idx(path: str | os.PathLike[str]) -> Numbers:
    """Read one IDX file, gzip or not.

    Raises:
        StorageError: It cannot be read.
        DataError: It is not an IDX file, or its length differs from what it announces.

    Source:
        Y. LeCun, C. Cortes and C. Burges, the MNIST database, "File formats".
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise DataError(f"{os.fspath(path)} is not an IDX file.", "give a file of MNIST's format")
    n_axes, dtype = content[3], np.dtype(TYPES[content[2]])
    if n_axes > MOST_AXES:
        raise DataError(
            f"{os.fspath(path)} announces {n_axes} axes.", f"give a file of up to {MOST_AXES} axes"
        )
    start = 4 + 4 * n_axes
    if len(content) < start:
        raise DataError(f"{os.fspath(path)} ends within its header.", "fetch the file again")
    shape = struct.unpack(f">{n_axes}I", content[4:start])
    announced = start + int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(content) != announced:
        raise DataError(
            f"{os.fspath(path)} holds {len(content)} bytes; shape {shape} takes {announced}.",
            "fetch the file again",
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape)


def _found(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise StorageError(
        f"{os.fspath(folder)} holds neither {name} nor {name}.gz.",
        "give the folder with the four files of the data set",
    )


def _content(given: str | os.PathLike[str]) -> bytes:
    path = checked_source(given)
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as opened:
            content = opened.read(LARGEST_CONTENT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "check the path, or fetch it again"
        ) from error
    if len(content) > LARGEST_CONTENT:
        raise DataError(
            f"{os.fspath(path)} holds more than {LARGEST_CONTENT} bytes.", "give a smaller file"
        )
    return content
