"""Data sets from OpenML, downloaded where a user asks for it by ``--data openml``."""

import os
from pathlib import Path

import numpy as np

from ebana_core.data import LabelledImages
from ebana_core.data.idx import Numbers
from ebana_core.errors import DataError, MissingLibraryError

ASKED = "openml"
"""In place of a folder."""
NUMBERS = {"mnist": 554, "fashion_mnist": 40996, "kuzushiji_mnist": 41982, "ionosphere": 59}
"""Data set to its number at OpenML."""
N_TRAIN = 60_000
"""Of the images, which stand before those to test with."""


def is_asked(folder: str | os.PathLike[str] | None) -> bool:
    """Tell whether a user asks for OpenML; a folder of that name is a folder."""
    return folder is not None and os.fspath(folder) == ASKED and not Path(folder).is_dir()


def fetched(name: str) -> tuple[Numbers, list[str]]:
    """Download a data set, or read it from where scikit-learn keeps what it downloaded.

    Returns:
        Features, ``(n_samples, n_features)``, and labels.

    Raises:
        MissingLibraryError: scikit-learn, or what it needs for this, is not installed.
        DataError: OpenML cannot be reached, or gives something else.
    """
    try:
        from sklearn.datasets import fetch_openml

        found = fetch_openml(data_id=NUMBERS[name], as_frame=False, parser="auto")
    except ImportError as error:
        raise MissingLibraryError(
            f"OpenML is read by scikit-learn with pandas: {error}.",
            "type: pip install scikit-learn pandas",
        ) from error
    except (OSError, ValueError) as error:  # no network; not what it should be
        raise DataError(
            f"{name} cannot be had from OpenML: {error}.", "give a folder of its files"
        ) from error
    return np.asarray(found.data, dtype=float), [str(label) for label in found.target]


def fetched_images(name: str) -> LabelledImages:
    """Download images of 28 x 28 pixels; see `fetched`."""
    pixels, labels = fetched(name)
    if pixels.ndim != 2 or pixels.shape[1] != 784 or len(pixels) <= N_TRAIN:
        raise DataError(
            f"OpenML gives arrays of shape {pixels.shape} for {name}.", "give a folder of its files"
        )
    images, numbers = pixels.reshape(-1, 28, 28), np.array([int(label) for label in labels])
    return LabelledImages(
        train_images=images[:N_TRAIN],
        train_labels=numbers[:N_TRAIN],
        test_images=images[N_TRAIN:],
        test_labels=numbers[N_TRAIN:],
    )
