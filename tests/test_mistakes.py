"""A mistake in an argument is one error that names it, or means what it should."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, initializers, losses, metrics, optimizers, schedules
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError, ParameterError, ShapeError
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from ebana_core.rules import CoupledLearning, EquilibriumPropagation, Measurement
from tests.support.mistakes import DRAWN, Flat, amplified, fit, network, samples

HIDING = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])
HUGE = 10**400
DIVIDER = ".subckt divider top middle\nR1 top middle 1k\nR2 middle 0 1k\n.ends"


def assign(value: Any) -> None:
    network().parameters["d.conductance"] = value


def factor(value: Any) -> None:
    optimizers.SGD(network()).rate_factor = value


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
    "no batches": (lambda: fit(data=samples().subset), "train_dataloader is <bound method"),
    "class of an optimizer": (lambda: fit(optimizer=optimizers.SGD), "optimizer is <class"),
    "optimizer of another model": (
        lambda: fit(optimizer=optimizers.SGD(network())),
        "built for another model",
    ),
    "class of a rule": (lambda: fit(rule=EquilibriumPropagation), "rule is <class"),
    "class of metrics": (lambda: fit(metrics=metrics.Metrics), "metrics is <class"),
    "no test set": (lambda: fit(test_dataloader=[[1]]), "batch of test_dataloader is \\[1\\]"),
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


def test_errors_of_shape_are_errors_of_shape() -> None:
    with pytest.raises(ShapeError):
        fit(loss_fn=Flat())
    with pytest.raises(ParameterError):
        amplified(0.0)
