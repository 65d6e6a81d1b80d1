"""Data sets are downloaded where a user asks for it, and nowhere else; a stand-in answers here."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from ebana_core.errors import DataError, MissingLibraryError
from ebana_core.zoo import openml
from ebana_core.zoo.images import images_of
from ebana_core.zoo.openml import is_asked
from ebana_core.zoo.pandey2026 import IONOSPHERE


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that says what OpenML gives, or which error it meets."""

    def give(data: Any, target: Any = ()) -> None:
        def fetch(**settings: Any) -> SimpleNamespace:
            assert settings["data_id"] in openml.NUMBERS.values()
            if isinstance(data, Exception):
                raise data
            return SimpleNamespace(data=data, target=target)

        monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
        monkeypatch.setattr(openml, "N_TRAIN", 40)

    return give


def test_images_come_in_their_order(answer: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 67, (50, 784))
    answer(pixels, [str(k % 10) for k in range(50)])
    found = images_of("mnist", "openml")
    assert found.train_images.shape == (40, 28, 28)
    assert (found.test_images.reshape(10, -1) == pixels[40:]).all()
    assert found.test_labels.tolist() == list(range(10))
    with pytest.raises(DataError, match="those of fashion_mnist have"):
        images_of("fashion_mnist", "openml")


def test_the_ionosphere_comes_with_its_letters(answer: Any) -> None:
    answer(np.zeros((100, 34)), ["g", "b"] * 50)
    train, test = IONOSPHERE.load("openml")
    assert (train.n_samples, test.n_samples) == (80, 20)


def test_without_a_network_or_a_library_it_says_so(answer: Any) -> None:
    answer(OSError("no route to host"))
    with pytest.raises(DataError, match="cannot be had from OpenML: no route to host"):
        images_of("mnist", "openml")
    answer(ImportError("pandas"))
    with pytest.raises(MissingLibraryError, match="pip install scikit-learn pandas"):
        images_of("mnist", "openml")
    answer(np.zeros((50, 3)), ["0"] * 50)
    with pytest.raises(DataError, match=r"shape \(50, 3\)"):
        images_of("mnist", "openml")


def test_a_folder_of_that_name_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_asked("openml")
    assert is_asked(Path("openml"))
    assert not is_asked(None)
    assert not is_asked(tmp_path)
    (tmp_path / "openml").mkdir()
    assert not is_asked("openml")
