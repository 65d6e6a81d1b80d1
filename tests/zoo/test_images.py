"""Images are those that an experiment names, or refused."""

from pathlib import Path

import pytest

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
