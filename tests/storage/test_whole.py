"""Files that lack an array, hold a foreign one or a bent one: refused, with the place named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Model, Run, optimizers
from ebana_core.errors import EbanaError, FormatError, ParameterError, ShapeError, UnknownNameError
from tests.support.project import ROOT
from tests.support.runs import small_fit, small_model

G = "d.conductance"
SECOND = f"{G}|second_moment"


def change(path: Path, place: str, how: Callable[[Any], Any]) -> None:
    """Replace an array of a file by what a function makes of it; None: remove it."""
    with h5py.File(path, "r+") as file:
        attributes, values = {}, None
        if place in file:
            attributes, values = dict(file[place].attrs), file[place][()]
            del file[place]
        new = how(values)
        if new is not None:
            source = file["/".join(place.split("/")[:-1])]
            attributes = attributes or dict(next(iter(source.values())).attrs)
            file.create_dataset(place, data=new, fletcher32=True)
            for name, value in attributes.items():
                file[place].attrs[name] = value


def at_first(value: float) -> Callable[[Any], Any]:
    """Return what puts a value at the first place of an array."""

    def put(values: Any) -> Any:
        values.flat[0] = value
        return values

    return put


def removed(values: Any) -> None:
    del values


def narrowed(values: Any) -> Any:
    return values[:1]


def new(values: Any) -> Any:
    assert values is None
    return np.ones((3, 4))


PARAMETER_FAULTS = [
    (G, removed, FormatError, f"lacks '{G}'"),
    ("d.other", new, UnknownNameError, "'d.other', which the model"),
    (G, narrowed, ShapeError, rf"{G} has shape \(1, 4\)"),
    (G, at_first(np.nan), FormatError, rf"{G} is nan at \[0, 0\]"),
    (G, at_first(1.0), ParameterError, rf"{G}\[0, 0\] is 1\.0 S, outside the bounds"),
    (G, at_first(-1e-6), ParameterError, rf"{G}\[0, 0\] is -1e-06 S"),
]


@pytest.mark.parametrize(("name", "how", "error", "words"), PARAMETER_FAULTS)
def test_a_model_file_is_whole(
    tmp_path: Path, name: str, how: Any, error: type[EbanaError], words: str
) -> None:
    path = tmp_path / "model.h5"
    small_model().save(path)
    change(path, f"parameters/{name}", how)
    with pytest.raises(error, match=words):
        Model.load(path)


def test_what_a_model_file_lacks_is_drawn_where_that_is_wished(tmp_path: Path) -> None:
    path, model = tmp_path / "model.h5", small_model()
    model.save(path)
    change(path, f"parameters/{G}", removed)
    again = Model.load(path, strict=False)
    assert np.array_equal(again.parameters[G], small_model().parameters[G])
    model.save(path)
    change(path, f"parameters/{G}", narrowed)
    with pytest.raises(ShapeError, match=G):
        Model.load(path, strict=False)


STATE_FAULTS = [
    *[(f"parameters/{name}", *rest) for name, *rest in PARAMETER_FAULTS[1:]],
    (f"slots/{SECOND}", removed, FormatError, rf"/slots lacks '{G}/second_moment'"),
    (f"slots/{G}|velocity", new, UnknownNameError, "velocity', which the model and its optimizer"),
    (f"slots/{SECOND}", narrowed, ShapeError, r"second_moment has shape \(1, 4\)"),
    (f"slots/{SECOND}", at_first(np.nan), FormatError, "second_moment is nan"),
    (f"slots/{SECOND}", at_first(-1e-9), FormatError, "second_moment is -1e-09, and cannot be"),
]


@pytest.mark.parametrize(
    ("place", "how", "error", "words", "layers"),
    [(*fault, None) for fault in STATE_FAULTS] + [(*fault, ["d"]) for fault in STATE_FAULTS[-2:]],
)
def test_a_state_file_is_whole(
    tmp_path: Path,
    place: str,
    how: Any,
    error: type[EbanaError],
    words: str,
    layers: list[str] | None,
) -> None:
    path = tmp_path / "state.h5"
    small_fit(None, 1)[1].save_state(path)
    change(path, place, how)
    model = small_model()
    optimizer, before = optimizers.Adam(model), model.parameters.snapshot()
    with pytest.raises(error, match=words):
        optimizer.load_state(path, layers=layers)
    assert model.parameters.snapshot()[G] is before[G]
    assert (optimizer.n_steps, optimizer.slots[f"{G}/first_moment"].any()) == (0, False)


def test_a_state_file_that_lacks_a_parameter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"
    _, optimizer, _ = small_fit(None, 1)
    optimizer.save_state(path)
    change(path, f"parameters/{G}", removed)
    with pytest.raises(FormatError, match=f"/parameters lacks '{G}'"):
        optimizer.load_state(path)
    with pytest.raises(UnknownNameError, match="holds no layer 'd'"):
        optimizer.load_state(path, layers=["d"])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("step", -1, "step=-1"),
        ("rate_factor", np.nan, "rate_factor=nan"),
        ("rate_factor", -1.0, r"rate_factor=-1\.0"),
        ("rate_factor", None, "lacks rate_factor"),
    ],
)
def test_counters_are_checked(tmp_path: Path, name: str, value: Any, words: str) -> None:
    path = tmp_path / "state.h5"
    _, optimizer, _ = small_fit(None, 1)
    optimizer.save_state(path)
    with h5py.File(path, "r+") as file:
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value
    with pytest.raises(FormatError, match=words):
        optimizer.load_state(path)
    assert optimizer.rate_factor == 1.0


def test_a_state_of_another_optimizer_is_taken_where_that_is_wished(tmp_path: Path) -> None:
    trained, adam, _ = small_fit(None, 2)
    adam.save_state(tmp_path / "state.h5")
    model = small_model()
    optimizer = optimizers.SGDMomentum(model)
    with pytest.raises(UnknownNameError, match=r"d\.conductance/first_moment"):
        optimizer.load_state(tmp_path / "state.h5")
    optimizer.load_state(tmp_path / "state.h5", strict=False)
    assert np.array_equal(model.parameters[G], trained.parameters[G])
    assert set(optimizer.slots) == {f"{G}/velocity"}


@pytest.mark.parametrize(
    ("place", "how", "error", "words"),
    [
        (f"latest/parameters/{G}", removed, FormatError, f"latest/parameters lacks '{G}'"),
        (f"latest/parameters/{G}", lambda v: v * np.nan, FormatError, f"{G} is nan"),
        (f"latest/parameters/{G}", lambda v: v + 1.0, ParameterError, "outside the bounds"),
        (f"latest/slots/{SECOND}", removed, FormatError, "second_moment"),
        (f"latest/slots/{SECOND}", lambda v: -1.0 - v, FormatError, "cannot be below zero"),
        (f"latest/slots/{SECOND}", lambda v: v[:, :1], ShapeError, r"has shape \(1, 4\)"),
        (f"initial/{G}", removed, FormatError, "initial"),
        ("phases/free/voltages", removed, FormatError, "lacks 'phases/free/voltages'"),
        (f"points/values/{G}", removed, FormatError, "lacks 'points/values/d.conductance'"),
    ],
)
def test_a_run_that_is_gone_on_with_is_whole(
    tmp_path: Path, place: str, how: Any, error: type[EbanaError], words: str
) -> None:
    path = tmp_path / "run.h5"
    small_fit(path, 2)
    change(path, place, how)
    before = path.read_bytes()
    with pytest.raises(error, match=words):
        small_fit(path, 3, resume=True)
    assert path.read_bytes() == before


def test_a_run_of_version_1_is_read_and_not_gone_on_with(tmp_path: Path) -> None:
    archive = ROOT / "tests" / "data" / "run_version_1.h5"
    path = tmp_path / "run.h5"
    path.write_bytes(archive.read_bytes())
    with Run.open(path) as run:
        assert run.version == 1
        with pytest.warns(UserWarning, match="version 1: powers and branch currents"):
            run.power("free")
        with pytest.raises(UnknownNameError, match="no phase with the values"):
            run.phase("free")
    with pytest.raises(EbanaError):
        small_fit(path, 5, resume=True)
    assert path.read_bytes() == archive.read_bytes()
