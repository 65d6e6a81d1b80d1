"""Images of 28 x 28 pixels from IDX folders, checked to be those that an experiment names."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ebana_core.data import DataSet, LabelledImages, load_idx
from ebana_core.data.idx import NAMES, Numbers
from ebana_core.errors import DataError, StorageError
from ebana_core.experiments import Folder, Split
from ebana_core.zoo.openml import ASKED, fetched_images, is_asked

BRIGHTNESS = {"mnist": 0.1307, "fashion_mnist": 0.2860, "kuzushiji_mnist": 0.1918}
"""Data set to the mean of its training pixels, of which 1 is the brightest: their files have the
same names, and a figure of one must not pass for one of another.

Source: the numbers with which torchvision's examples normalise these data sets."""
APART, TEST_APART = 0.01, 0.02
"""Difference of means from which images are others, those to train and the fewer to test with; the
nearest two sets are 0.06 apart."""
PIXELS = (28, 28)
N_CLASSES = 10


def mirrored(images: Numbers, labels: Numbers, gain: float) -> DataSet:
    """Return images as ``gain*[x, -x]``, V, and labels as one-hot targets.

    Args:
        images: Shape ``(n_samples, height, width)``, 0 to 255.
        labels: Shape ``(n_samples,)``, 0 to 9.
        gain: Voltage of the brightest pixel, V.
    """
    x = images.reshape(len(images), -1) / 255.0
    return DataSet({"x": gain * np.hstack([x, -x])}, {"y": np.eye(N_CLASSES)[labels]})


def mirrored_images(name: str, gain: float) -> Callable[[Folder], Split]:
    """Return the `load` of an experiment on images of a data set; see `mirrored`."""

    def load(folder: Folder) -> Split:
        found = images_of(name, folder)
        return (
            mirrored(found.train_images, found.train_labels, gain),
            mirrored(found.test_images, found.test_labels, gain),
        )

    return load


def images_of(name: str, folder: Folder) -> LabelledImages:
    """Read a data set from a folder, or its subfolder of the data set's name, or from OpenML.

    Raises:
        DataError: No folder, missing or damaged files, or those of another data set.
    """
    wanted = f"the files {', '.join(NAMES.values())} of {name}, each with or without .gz"
    if folder is None:
        raise DataError(
            f"The images of {name} are not here.",
            f"give a folder with {wanted}, or the word {ASKED} to download them",
        )
    own = Path(folder) / name
    try:
        asked = is_asked(folder)
        found = fetched_images(name) if asked else load_idx(own if own.is_dir() else folder)
    except StorageError as error:
        raise DataError(
            f"{os.fspath(folder)} does not hold {name}: {error.problem}", f"put {wanted} there"
        ) from error
    for kind, images, labels, apart in (
        ("train", found.train_images, found.train_labels, APART),
        ("test", found.test_images, found.test_labels, TEST_APART),
    ):
        where = f"{os.fspath(folder)} holds {kind} images"
        _check_form(name, images, labels, where)
        _check_brightness(name, images, where, apart)
    return found


def _check_form(name: str, images: Numbers, labels: Numbers, where: str) -> None:
    """Refuse no images, those of other sizes, and labels beyond 0 to 9."""
    if not len(images) or images.shape[1:] != PIXELS:
        raise DataError(
            f"{where} of shape {images.shape}; those of {name} have 28 x 28 pixels.",
            f"give the folder of {name}",
        )
    # A label below 0 would count from the last class.
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= N_CLASSES:
        raise DataError(
            f"{where} with labels from {labels.min():g} to {labels.max():g} ({labels.dtype}).",
            f"give whole numbers from 0 to {N_CLASSES - 1}",
        )


def _check_brightness(name: str, images: Numbers, where: str, apart: float) -> None:
    mean = float(images.mean()) / 255.0
    if not abs(mean - BRIGHTNESS[name]) < apart:
        others = [other for other, own in BRIGHTNESS.items() if abs(mean - own) < apart]
        looks = f" as of {others[0]}" if others else ""
        raise DataError(
            f"{where} of mean brightness {mean:.4f}{looks}; those of {name} have "
            f"{BRIGHTNESS[name]:.4f}.",
            f"give the folder of {name}",
        )
