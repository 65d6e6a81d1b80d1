"""What users hand in by mistake is one error that names it, or means what it should."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, initializers, losses, metrics, optimizers, schedules
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.data.idx import read_idx
from ebana_core.errors import EbanaError, ParameterError, ShapeError, StorageError
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from ebana_core.paths import partial_path
from ebana_core.rules import Adjoint, CoupledLearning, EquilibriumPropagation, Measurement

HIDING = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])
HUGE = 10**400
DRAWN = initializers.RandomUniform(1e-6, 1e-4)
RULE = EquilibriumPropagation(1e-7)
DIVIDER = ".subckt divider top middle\nR1 top middle 1k\nR2 middle 0 1k\n.ends"


def network(*between: Any, outputs: int = 1) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    last: Any = DenseLayer(units=2, name="d", initializer=DRAWN, lr=1e-9, trainable=True)(x)
    for layer in between:
        last = layer(last)
    ends = [CurrentLayer(name="y", fold=False)(last)]
    if outputs == 2:
        more = DenseLayer(units=2, name="e", initializer=DRAWN, lr=1e-9, trainable=True)(x)
        ends.append(CurrentLayer(name="z", fold=False)(more))
    return Model(inputs=[x], outputs=ends, seed=0)


def samples() -> DataSet:
    return DataSet({"x": [[1.0, 2.0], [3.0, 4.0]]}, {"y": [[0.0, 1.0], [1.0, 0.0]]})


def fit(**settings: Any) -> Any:
    model = network()
    settings = {"epochs": 1, "beta": 1e-7, "loss_fn": losses.MSE(), **settings}
    settings.setdefault("metrics", metrics.Metrics(model, verbose=False))
    settings.setdefault("optimizer", optimizers.SGD(model))
    return model.fit(settings.pop("data", BatchGenerator(samples())), **settings)


def amplified(gain: Any) -> Model:
    return network(AmplificationLayer(name="a", param={"gain": gain}))


def assign(value: Any) -> None:
    network().parameters["d.conductance"] = value


def factor(value: Any) -> None:
    optimizers.SGD(network()).rate_factor = value


class Flat(losses.MSE):
    def gradient(self, prediction: Array, target: Array) -> Array:
        return np.zeros(1)


class Short(losses.MSE):
    def value(self, prediction: Array, target: Array) -> Array:
        return np.zeros(3)


class Endless(losses.MSE):
    def value(self, prediction: Array, target: Array) -> Array:
        return np.full(prediction.shape, np.inf)


class Half(losses.MSE):
    def correct(self, prediction: Array, target: Array) -> Array:
        return np.full(len(prediction), 0.5)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "masked samples": (lambda: DataSet({"x": HIDING}), "'x'.*hides 1"),
    "masked inputs": (lambda: network().operating_points({"x": HIDING}), "'x'.*hides 1"),
    "masked targets": (lambda: DataSet({"x": [[1]]}, {"y": HIDING[:1]}), "'y'.*hides 1"),
    "masked parameter": (lambda: assign(1e-5 * HIDING), "d.conductance.*hides 1"),
    "masked bias": (
        lambda: BiasVoltageLayer(units=2, name="b", bias_voltage=HIDING[0]),
        "b.bias_voltage.*hides 1",
    ),
    "masked conductances": (lambda: initializers.Given(HIDING), "Given.value.*hides 1"),
    "masked nudge": (
        lambda: network().operating_points({"x": [[1, 2], [3, 4]]}, nudge={"y": HIDING}),
        "nudge of 'y'.*hides 1",
    ),
    "ragged samples": (lambda: DataSet({"x": [[1, 2], [3]]}), "input 'x'"),
    "ragged inputs": (lambda: network().operating_points({"x": [[1, 2], [3]]}), "input 'x'"),
    "huge sample": (lambda: DataSet({"x": [[HUGE, 2]]}), "input 'x'"),
    "huge input": (lambda: network().operating_points({"x": [[HUGE, 2]]}), "input 'x'"),
    "volts without a square": (lambda: DataSet({"x": [[1e300, 2]]}), "1e\\+300"),
    "text": (lambda: network().operating_points({"x": [["1", "2"]]}), "input 'x'"),
    "complex": (lambda: network().operating_points({"x": [[1j, 2]]}), "input 'x'"),
    "None among numbers": (lambda: network().operating_points({"x": [[None, 2]]}), "input 'x'"),
    "no inputs": (lambda: network().operating_points(None), "None"),  # type: ignore[arg-type]
    "huge parameter": (lambda: assign([[HUGE, 1], [1, 1]]), "d.conductance"),
    "huge bias": (
        lambda: BiasVoltageLayer(units=1, name="b", bias_voltage=HUGE),
        "b.bias_voltage",
    ),
    "gain 1e300": (lambda: amplified(1e300), "a.gain"),
    "gain 1e-300": (lambda: amplified(1e-300), "a.gain"),
    "gain -1e-300": (lambda: amplified(-1e-300), "a.gain"),
    "huge gain": (lambda: amplified(HUGE), "a.gain"),
    "param of a list": (
        lambda: DiodeLayer(name="q", direction="down", param=[1]),  # type: ignore[arg-type]
        "'q' has param",
    ),
    "number as text": (
        lambda: DiodeLayer(name="q", direction="down", param={"VTH": "0.3"}),
        "q.VTH",
    ),
    "negative IS": (
        lambda: DiodeLayer(name="q", kind="real", direction="down", param={"IS": -1.0}),
        "q.IS",
    ),
    "seed of a model": (lambda: Model([], [], seed=2**70), "seed"),
    "seed of a fit": (lambda: fit(seed=2**70), "seed"),
    "epochs 2.0": (lambda: fit(epochs=2.0), "epochs is 2.0"),
    "epochs True": (lambda: fit(epochs=True), "epochs is True"),
    "beta 1e300": (lambda: fit(beta=1e300), "beta of fit is 1e\\+300"),
    "beta list": (lambda: fit(beta=[1e-7]), "beta of fit is \\[1e-07\\]"),
    "beta huge": (lambda: fit(beta=HUGE), "beta of fit"),
    "beta text": (lambda: fit(beta="1e-7"), "beta of fit is '1e-7'"),
    "beta of an optimizer": (lambda: optimizers.Adam(network(), beta=[1]), "beta of Adam"),  # type: ignore[arg-type]
    "beta of a rule": (lambda: EquilibriumPropagation(HUGE), "beta"),
    "eta of a rule": (lambda: CoupledLearning([0.1]), "eta"),  # type: ignore[arg-type]
    "noise": (lambda: Measurement(noise=HUGE), "noise"),
    "gradient of another shape": (lambda: fit(loss_fn=Flat()), "gradient of Flat.*\\(1,\\)"),
    "value of another shape": (lambda: fit(loss_fn=Short()), "value of Short.*\\(3,\\)"),
    "infinite value": (lambda: fit(loss_fn=Endless()), "value of Endless.*sample 0"),
    "half right": (lambda: fit(loss_fn=Half()), "correct of Half"),
    "no loss": (lambda: network().evaluate(samples(), None), "'y' is None"),  # type: ignore[arg-type]
    "no data": (lambda: network().predict(None), "data set is None"),  # type: ignore[arg-type]
    "no rule": (
        lambda: network().gradients(samples(), losses.MSE(), None),  # type: ignore[arg-type]
        "rule is None",
    ),
    "no batches": (lambda: fit(data=samples()), "train_dataloader is DataSet"),
    "class of an optimizer": (lambda: fit(optimizer=optimizers.SGD), "optimizer is <class"),
    "optimizer of another model": (
        lambda: fit(optimizer=optimizers.SGD(network())),
        "built for another model",
    ),
    "class of a rule": (lambda: fit(rule=EquilibriumPropagation), "rule is <class"),
    "class of metrics": (lambda: fit(metrics=metrics.Metrics), "metrics is <class"),
    "no test set": (lambda: fit(test_dataloader=[[1]]), "test_dataloader is \\[\\[1\\]\\]"),
    "run as a number": (lambda: fit(run=3), "run is 3"),
    "model to a number": (lambda: network().save(0), "^0 cannot be the path"),  # type: ignore[arg-type]
    "overwrite as text": (lambda: fit(overwrite="no"), "overwrite is 'no'"),
    "resume as text": (lambda: fit(resume="no"), "resume is 'no'"),
    "inputs that are missing": (lambda: network().operating_points({}), "misses.*'x'"),
    "variation of nothing": (
        lambda: network().monte_carlo(samples(), losses.MSE(), variations=0.1),  # type: ignore[arg-type]
        "variations is 0.1",
    ),
    "layer on a number": (
        lambda: DenseLayer(units=1, name="d", initializer=DRAWN)(3),  # type: ignore[arg-type]
        "called on 3",
    ),
    "biases for other units": (
        lambda: network(DiodeLayer(name="q", direction="up", bias_voltage=[0.1, 0.2, 0.3])),
        "q.bias_voltage has shape \\(3,\\) for 2 units",
    ),
    "key of another kind": (
        lambda: DiodeLayer(name="q", direction="up", param={"model_name": "1n4148"}),
        "'behavioral' has param key 'model_name', which belongs to 'real'",
    ),
    "gain of zero": (lambda: amplified(0), "a.gain is 0.0\\.$|a.gain is 0.0\\.\n"),
    "path in place of a subcircuit": (
        lambda: SpiceBlock(subcircuit="opamp.lib", name="b", inputs="top"),
        "'opamp.lib'(.|\\n)*from_file",
    ),
    "ports left out": (
        lambda: SpiceBlock(subcircuit=DIVIDER, name="b", inputs="top"),
        "left out: \\['middle'\\]",
    ),
    "ports misspelt": (
        lambda: SpiceBlock(subcircuit=DIVIDER, name="b", inputs="top", outputs="midle"),
        "'midle'(.|\n)*left out: \\['middle'\\]",
    ),
    "two layers of one name": (
        lambda: network(AmplificationLayer(name="x", param={"gain": 2.0})),
        "named 'x', of the devices 'input' and 'amplification'",
    ),
    "no callback": (lambda: fit(callbacks=[1]), "callbacks holds 1"),
    "no callbacks": (lambda: fit(callbacks=5), "callbacks holds 5"),
    "rate factor -1": (lambda: factor(-1), "SGD.rate_factor is -1"),
    "rate factor inf": (lambda: factor(np.inf), "SGD.rate_factor is inf"),
    "rate factor nan": (lambda: factor(np.nan), "SGD.rate_factor is nan"),
    "long layer name": (lambda: InputVoltageLayer(units=1, name="x" * 101), "up to 100"),
    "longer layer name": (lambda: InputVoltageLayer(units=1, name="x" * 10**6), "up to 100"),
    "units True": (lambda: InputVoltageLayer(units=True, name="x"), "units=True"),
    "units huge": (lambda: InputVoltageLayer(units=10**30, name="x"), "units=1000"),
    "learning rate nan": (
        lambda: DenseLayer(units=1, name="d", initializer=DRAWN, lr=np.nan),
        "'d' has lr=nan",
    ),
    "learning rate text": (
        lambda: DenseLayer(units=1, name="d", initializer=DRAWN, lr="1"),  # type: ignore[arg-type]
        "'d' has lr='1'",
    ),
    "learning rates in a list": (
        lambda: DenseLayer(units=1, name="d", initializer=DRAWN, lr=[1e-9]),  # type: ignore[arg-type]
        "'d' has lr=",
    ),
    "schedule": (lambda: schedules.Constant(HUGE), "Constant has lr="),
    "batch size": (lambda: BatchGenerator(samples(), batch_size=10**30), "batch_size"),
    "shuffle": (lambda: BatchGenerator(samples(), shuffle="no"), "shuffle='no'"),  # type: ignore[arg-type]
    "midpoint": (lambda: losses.MSE(HUGE), "output_midpoint"),
    "weight": (lambda: losses.Weighted(losses.MSE(), 0.0), "Weighted has weight=0.0"),
    "weight of nothing": (lambda: losses.Weighted(1, 2.0), "Weighted has loss=1"),  # type: ignore[arg-type]
    "frozen by text": (lambda: network().trainable.__setitem__("d", "no"), "'no'"),  # type: ignore[arg-type]
    "rows of samples": (lambda: metrics.Metrics(network(), samples=[HUGE]), "samples"),
    "period": (lambda: metrics.Metrics(network(), validate_every={"epoch_num": 1.5}), "1.5"),  # type: ignore[dict-item]
    "iterations": (lambda: NativeBackend(max_iterations=HUGE), "max_iterations"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_is_one_error_that_names_it(what: str) -> None:
    make, words = REFUSED[what]
    with pytest.raises(EbanaError, match=words) as caught:
        make()
    assert caught.value.fix
    assert len(str(caught.value)) < 1000


def test_numbers_of_numpy_count_as_numbers() -> None:
    assert len(fit(epochs=np.int64(2), seed=np.uint8(3), beta=np.array(1e-7)).losses) == 2
    assert InputVoltageLayer(units=np.int32(2), name="x").units == 2
    assert losses.MSE(np.float32(0.5)).output_midpoint == 0.5
    whole = np.ma.masked_array([[1.0, 2.0]], mask=False)
    assert DataSet({"x": whole}).inputs["x"].tolist() == [[1.0, 2.0]]


FILES: dict[str, Callable[[Path], Any]] = {
    "model": lambda path: Model.load(path),
    "run": lambda path: Run.open(path),
    "images": lambda path: read_idx(path),
    "state": lambda path: optimizers.Adam(network()).load_state(path),
    "archive": lambda path: network().parameters.load_npz(path),
    "table": lambda path: network().parameters.load_csv("d.conductance", path),
    "to save": lambda path: network().save(path),
    "to save an archive": lambda path: network().parameters.save_npz(path),
    "to run": lambda path: fit(run=path, overwrite=True),
    "netlist": lambda path: network().write_netlist(path, inputs={"x": [[1, 2]]}),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "long name", "zero byte", "nowhere"])
def test_what_is_no_file_is_refused_at_once(what: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "long name":
        path = tmp_path / ("a" * 300)
    elif kind == "zero byte":
        path = tmp_path / "a\0b"
    else:
        path = tmp_path / "nowhere" / "thing"
    with pytest.raises(StorageError):
        FILES[what](path)


def test_names_as_long_as_file_systems_allow_are_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252 + ".h5")
    network().save(path)
    assert Model.load(path).layers


def test_files_of_long_names_that_begin_alike_are_written_apart() -> None:
    first, second = (Path("n" * 200 + end) for end in (".h5", ".h5.padded"))
    assert partial_path(first) != partial_path(second)
    assert len(partial_path(first).name) < 100


def test_images_of_many_axes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\x46" + b"\0\0\0\x01" * 70 + b"\1")
    with pytest.raises(EbanaError, match="70 axes"):
        read_idx(path)


def test_an_archive_of_one_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.ones((2, 2)))
    with pytest.raises(StorageError, match="one array without a name"):
        network().parameters.load_npz(tmp_path / "a.npz")


def test_an_archive_that_grows_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.conductance.npy", bytes(50_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(StorageError, match="take 50000000 bytes"):
        network().parameters.load_npz(path)


def test_what_a_layer_was_given_may_change_afterwards() -> None:
    volts = np.array([1.0, -1.0])
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=volts)
    thresholds = np.array([0.3, 0.4])
    param = {"VTH": thresholds}
    diode = DiodeLayer(name="q", direction="down", param=param)
    volts[:] = 7.0
    thresholds[:] = 7.0
    param["RON"] = 7.0
    assert bias.bias_voltage.tolist() == [1.0, -1.0]
    assert diode.param["VTH"].tolist() == [0.3, 0.4]
    assert "RON" not in diode.param


TWO = DataSet(
    {"x": [[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]]},
    {"y": [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "z": [[1.0, 0.2], [0.1, 0.0], [0.0, 2.0]]},
)


def test_accuracy_is_the_share_of_samples_that_are_right_everywhere() -> None:
    model = network(outputs=2)
    wished = {name: array.copy() for name, array in model.predict(TWO).items()}
    for name, wrong in (("y", [0]), ("z", [1])):  # each output is wrong for one of three samples
        wished[name][wrong] = 10.0 - wished[name][wrong]
    data = DataSet(TWO.inputs, wished)
    found = model.evaluate(data, losses.MSE(5.0))
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.per_output["y"][1] == found.per_output["z"][1] == pytest.approx(2 / 3)
    silent = model.evaluate(data, {"y": losses.MSE(5.0), "z": losses.MSE(None)})
    assert silent.accuracy == pytest.approx(2 / 3)
    assert np.isnan(model.evaluate(data, losses.MSE(None)).accuracy)


def test_a_weight_multiplies_loss_and_nudge() -> None:
    model = network(outputs=2)
    plain = {"y": losses.MSE(), "z": losses.MSE()}
    weighted = {**plain, "z": losses.Weighted(losses.MSE(), 0.25)}
    before, after = model.evaluate(TWO, plain), model.evaluate(TWO, weighted)
    assert after.per_output["z"][0] == pytest.approx(0.25 * before.per_output["z"][0])
    assert after.loss == pytest.approx(before.per_output["y"][0] + after.per_output["z"][0])
    exact, found = (
        model.gradients(TWO, weighted, rule)
        for rule in (Adjoint(), EquilibriumPropagation(1e-9, "centered", "exact"))
    )
    unweighted = model.gradients(TWO, plain, Adjoint())
    for name, gradient in exact.items():
        share = 0.25 if name.startswith("e.") else 1.0
        # MSE is quadratic and the crossbars linear: the centered form has no bias.
        assert gradient == pytest.approx(share * unweighted[name], rel=1e-12)
        assert found[name] == pytest.approx(gradient, rel=1e-6)


class Scaled(losses.Loss):
    """A loss of a class without attrs, whose setting its repr does not show."""

    def __init__(self, scale: float) -> None:
        object.__setattr__(self, "scale", scale)

    def value(self, prediction: Array, target: Array) -> Array:
        return self.scale * (prediction - target) ** 2  # type: ignore[attr-defined]

    def gradient(self, prediction: Array, target: Array) -> Array:
        return 2 * self.scale * (prediction - target)  # type: ignore[attr-defined]


def test_a_run_does_not_go_on_with_another_setting_of_a_plain_loss(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    fit(run=path, loss_fn=Scaled(1.0), seed=0)
    with pytest.raises(StorageError, match="losses"):
        fit(run=path, loss_fn=Scaled(2.0), seed=0, epochs=2, resume=True)
    assert len(fit(run=path, loss_fn=Scaled(1.0), seed=0, epochs=2, resume=True).losses) == 2


def test_errors_of_shape_are_errors_of_shape() -> None:
    with pytest.raises(ShapeError):
        fit(loss_fn=Flat())
    with pytest.raises(ParameterError):
        amplified(0.0)
