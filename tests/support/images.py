"""Small data sets in the format of MNIST, as bright as those whose names they have."""

import struct
from pathlib import Path

import numpy as np

from ebana_core.data.idx import NAMES
from ebana_core.zoo.images import BRIGHTNESS


def write_images(folder: Path, brightness: float, *, n_train: int = 64, n_test: int = 32) -> None:
    """Write four files of random images of 28 x 28 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for part, name in NAMES.items():
        n_samples = n_train if part.startswith("train") else n_test
        if part.endswith("images"):
            most = round(2 * 255 * brightness)
            values = rng.integers(0, most, (n_samples, 28, 28), endpoint=True).astype(np.uint8)
        else:
            values = (np.arange(n_samples) % 10).astype(np.uint8)
        header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
        (folder / name).write_bytes(header + values.tobytes())


def write_all_images(folder: Path) -> Path:
    """Write a folder of every data set of images that the zoo names."""
    for name, brightness in BRIGHTNESS.items():
        write_images(folder / name, brightness)
    return folder
