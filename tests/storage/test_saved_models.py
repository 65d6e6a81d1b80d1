"""Models and values travel: saved, built again, handed in, written as tables."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from ebana_core import Model, optimizers
from ebana_core.errors import (
    DataError,
    FormatError,
    ParameterError,
    ShapeError,
    StorageError,
    UnknownDeviceError,
    UnknownNameError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from tests.support.runs import small_data, small_fit, small_model


def test_a_model_is_saved_and_built_again(tmp_path: Path) -> None:
    model, _, _ = small_fit(None, 3)
    model.trainable["d"] = False
    model.save(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5")
    assert again.seed == model.seed
    assert again.trainable_parameters() == ()
    assert np.array_equal(again.parameters["d.conductance"], model.parameters["d.conductance"])
    assert repr(again.layers["d"]) == repr(model.layers["d"])
    inputs = small_data().inputs
    assert np.array_equal(
        again.operating_points(inputs).voltages, model.operating_points(inputs).voltages
    )


def halved(step: int) -> float:
    return 1e-8 / step


def test_what_is_not_plain_is_handed_back(tmp_path: Path) -> None:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=2, name="d", lr=halved, initializer=RandomUniform(1e-7, 1e-5))(x)
    Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)]).save(tmp_path / "model.h5")
    with pytest.raises(UnknownNameError, match=r"'d\.lr' was <function halved") as caught:
        Model.load(tmp_path / "model.h5")
    assert "callables={'d.lr': ...}" in caught.value.fix
    again = Model.load(tmp_path / "model.h5", callables={"d.lr": halved})
    assert again.learning_rate("d.conductance", 2) == 5e-9


class OwnLayer(DenseLayer):
    device = "own"


def test_a_missing_device_is_named_and_can_be_handed_in(tmp_path: Path) -> None:
    x = InputVoltageLayer(units=2, name="x")
    d = OwnLayer(units=2, name="d", initializer=RandomUniform(1e-7, 1e-5))(x)
    Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)]).save(tmp_path / "model.h5")
    with pytest.raises(UnknownDeviceError, match=r"'own' is not installed.*test_saved_models"):
        Model.load(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5", devices=[OwnLayer])
    assert isinstance(again.layers["d"], OwnLayer)


def test_models_that_no_ebana_wrote_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    small_model().save(path)
    with h5py.File(path, "r+") as file:
        text = file["model"][()].tobytes().replace(b"RandomUniform", b"RandomMistake")
        file["model"][()] = np.frombuffer(text, dtype=np.uint8)
    with pytest.raises(FormatError, match="RandomMistake"):
        Model.load(path)
    optimizers.SGD(small_model()).save_state(path)
    with pytest.raises(FormatError, match="'ebana-state', not 'ebana-model' or 'ebana-run'"):
        Model.load(path)


def test_values_travel_as_csv_and_npz(tmp_path: Path) -> None:
    model, other = small_model(), small_model(seed=9)
    model.parameters.save_npz(tmp_path / "v.npz")
    other.parameters.load_npz(tmp_path / "v.npz")
    assert np.array_equal(other.parameters["d.conductance"], model.parameters["d.conductance"])
    with np.load(tmp_path / "v.npz") as stored:
        assert set(stored.files) == set(model.parameters)
    third = small_model(seed=10)
    model.parameters.save_csv("d.conductance", tmp_path / "d.csv")
    third.parameters.load_csv("d.conductance", tmp_path / "d.csv")
    assert np.array_equal(third.parameters["d.conductance"], model.parameters["d.conductance"])
    rows = "\n".join(["1e-6,2e-6,3e-6,4e-6"] * 3)
    for head in ("", "# measured on a Monday\n", "a,b,c,d\n", '"g[0] (S)",b,c,d\n'):
        (tmp_path / "d.csv").write_text(head + rows)
        third.parameters.load_csv("d.conductance", tmp_path / "d.csv")
        assert third.parameters["d.conductance"][2].tolist() == [1e-6, 2e-6, 3e-6, 4e-6]
    before = third.parameters["d.conductance"]
    for text, error, words in (
        ("1e-6,1e-6", DataError, "1 x 2 values"),
        ("1e-6,x\n1e-6,y", DataError, "not a number"),
        ("\n".join(["-1,1,1,1"] * 3), ParameterError, "d.conductance"),
    ):
        (tmp_path / "d.csv").write_text(text)
        with pytest.raises(error, match=words):
            third.parameters.load_csv("d.conductance", tmp_path / "d.csv")
    np.savez(tmp_path / "v.npz", **{"d.conductance": np.ones((2, 2))})
    with pytest.raises(ShapeError):
        third.parameters.load_npz(tmp_path / "v.npz")
    np.savez(tmp_path / "v.npz", **{"d.conductance": np.array([{}], dtype=object)})
    with pytest.raises(StorageError):
        third.parameters.load_npz(tmp_path / "v.npz")
    assert third.parameters["d.conductance"] is before


def test_a_model_does_not_take_the_place_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    model = small_model()
    small_fit(path, 1, model)
    for save in (model.save, optimizers.Adam(model).save_state):
        with pytest.raises(StorageError, match=r"run.h5 holds a recorded training"):
            save(path)
    assert Model.load(path).parameters.keys() == model.parameters.keys()
    model.save(tmp_path / "model.h5")
    model.save(tmp_path / "model.h5")  # a model gives way to a newer one
    (tmp_path / "text.h5").write_text("of something else")
    model.save(tmp_path / "text.h5")
