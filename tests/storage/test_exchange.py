"""Values from other programs: they fit as they stand, or the file is refused with its place."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Model, optimizers
from ebana_core.arrays import Array
from ebana_core.errors import DataError, EbanaError, FormatError, StorageError, UnknownNameError
from tests.support.runs import small_fit, small_model

NAME = "d.conductance"


def npy(array: Array) -> bytes:
    file = BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(path: Path, *entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def test_a_transposed_table_is_refused(tmp_path: Path) -> None:
    """It holds as many values, and each in another's place."""
    model, path = small_model(), tmp_path / "d.csv"
    before = model.parameters[NAME]
    np.savetxt(path, before.T, delimiter=",")
    with pytest.raises(DataError, match=r"4 x 3 values.*shape \(3, 4\)"):
        model.parameters.load_csv(NAME, path)
    assert model.parameters[NAME] is before
    for form in (before, before.reshape(1, -1), before.reshape(-1, 1)):
        np.savetxt(path, form, delimiter=",", fmt="%.17g")
        model.parameters.load_csv(NAME, path)
        assert np.array_equal(model.parameters[NAME], before)


def test_an_archive_that_lacks_a_parameter_is_refused(tmp_path: Path) -> None:
    model, path = small_model(), tmp_path / "v.npz"
    np.savez(path)
    with pytest.raises(FormatError, match=f"lacks '{NAME}'"):
        model.parameters.load_npz(path)
    np.savez(path, other=np.ones(3))
    with pytest.raises(UnknownNameError, match="holds 'other'"):
        model.parameters.load_npz(path)
    before = model.parameters[NAME]
    model.parameters.load_npz(path, strict=False)
    assert model.parameters[NAME] is before


def test_an_archive_that_names_a_parameter_twice_is_refused(tmp_path: Path) -> None:
    model = small_model()
    first = npy(model.parameters[NAME])
    path = archive(tmp_path / "v.npz", (f"{NAME}.npy", first), (NAME, npy(np.full((3, 4), 2e-6))))
    with pytest.raises(StorageError, match=f"'{NAME}' twice"):
        model.parameters.load_npz(path)


def _flipped(path: Path, values: Array) -> None:
    archive(path, (f"{NAME}.npy", npy(values)), method=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    for place in range(60, 90):  # within the compressed array
        content[place] ^= 0xFF
    path.write_bytes(content)


def _encrypted(path: Path, values: Array) -> None:
    content = bytearray(archive(path, (f"{NAME}.npy", npy(values))).read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def _without_an_end(path: Path, values: Array) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': ((((}".ljust(117) + b"\n"
    archive(path, (f"{NAME}.npy", b"\x93NUMPY\x01\x00v\x00" + header))


@pytest.mark.parametrize("damage", [_flipped, _encrypted, _without_an_end])
def test_damaged_archives_are_one_error(damage: Callable[..., None], tmp_path: Path) -> None:
    model, path = small_model(), tmp_path / "v.npz"
    damage(path, model.parameters[NAME])
    with pytest.raises(StorageError, match="cannot be read"):
        model.parameters.load_npz(path)


def test_a_rate_factor_of_zero_is_read_again(tmp_path: Path) -> None:
    """It may be set, and what may be saved can be loaded."""
    model, optimizer, _ = small_fit(None, 1)
    optimizer.rate_factor = 0.0
    optimizer.save_state(tmp_path / "state.h5")
    again = optimizers.Adam(model)
    again.load_state(tmp_path / "state.h5")
    assert again.rate_factor == 0.0


@pytest.mark.parametrize("step", [1.5, 2**63, "3", np.array([1])])
def test_steps_that_no_optimizer_made_are_refused(step: Any, tmp_path: Path) -> None:
    model, optimizer, _ = small_fit(None, 1)
    optimizer.save_state(tmp_path / "state.h5")
    with h5py.File(tmp_path / "state.h5", "r+") as file:
        file.attrs["step"] = step
    with pytest.raises(FormatError, match="has step"):
        optimizers.Adam(model).load_state(tmp_path / "state.h5")


@pytest.mark.parametrize("path", [b"v.h5", 5, ["v.h5"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    model = small_model()
    for use in (model.save, Model.load, model.parameters.save_npz, lambda p: small_fit(p, 1)):
        with pytest.raises(EbanaError, match="path of a file"):
            use(path)


@pytest.mark.parametrize("nudge", [[], "y", 1e-7])
def test_a_nudge_that_names_no_output_is_refused(nudge: Any) -> None:
    with pytest.raises(DataError, match="The nudge is"):
        small_model().operating_points({"x": [[0.1, 0.2, 0.3]]}, nudge=nudge)
