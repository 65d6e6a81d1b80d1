"""Devices that share values stand each by itself on chips, in readings and at held outputs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import attrs
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, losses
from ebana_core.arrays import Array, IntArray
from ebana_core.chips import Chip
from ebana_core.circuit import CircuitBuilder, Clamps, Parameter
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.elements import FLAT
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ModelError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    ConcatenateLayer,
    Conv2DLayer,
    CurrentLayer,
    Declaration,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    ReshapeLayer,
    SenseLayer,
    Shape,
)
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD
from ebana_core.quantities import quantity
from ebana_core.rules import CoupledLearning, DropSquared, EquilibriumPropagation, LearningRule

INIT = RandomUniform(1e-6, 1e-5)
BOUND = quantity("bound", "V")
X = np.random.default_rng(0).uniform(-1, 1, (6, 9))


@attrs.frozen(kw_only=True, eq=False)
class Noisy(Conv2DLayer):
    """A convolution whose resistors are each read with an error of their own."""

    def read(
        self, name: str, values: Array, rng: np.random.Generator, others: Mapping[str, Array]
    ) -> Array:
        return values * rng.uniform(0.9, 1.1, values.shape)


@attrs.frozen(kw_only=True, eq=False)
class SharedBounds(Layer):
    """Ideal diodes below whose bounds nodes stay, two by two at one bound; presents two nodes."""

    device = "shared_bounds"

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (2,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        numbers = np.arange(int(np.prod(input_shapes[0]))) // 2
        return [
            Declaration(
                quantity=BOUND,
                shape=(int(numbers.max()) + 1,),
                draw=lambda rng: rng.uniform(-0.1, 0.1, int(numbers.max()) + 1),
                devices=numbers,
            )
        ]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        (own,) = self.declarations([inputs[0].shape])
        builder.add(
            Clamps(
                name=self.name,
                layer=self.name,
                nodes=inputs[0],
                is_upper=np.ones(inputs[0].size, dtype=bool),
                bound=self.bound(own.devices),
            )
        )
        return inputs[0][:2]

    def bound(self, numbers: IntArray) -> Parameter:
        return Parameter(self.parameter("bound"), numbers, devices=FLAT)


def convolved(cls: type[Conv2DLayer], output: Layer) -> Model:
    x = InputVoltageLayer(units=9, name="x")
    layer = cls(name="conv", filters=2, kernel_size=2, initializer=INIT, lr=1e-10)
    windows = layer(ReshapeLayer(name="plane", shape=(3, 3))(x))
    flat = ReshapeLayer(name="flat", shape=-1)(windows)
    last = DenseLayer(name="last", units=2, initializer=INIT, lr=1e-10)(flat)
    return Model([x], [output(last)], seed=1)


def test_devices_that_share_a_value_are_read_one_by_one() -> None:
    model = convolved(Noisy, CurrentLayer(name="y"))
    points = model.operating_points({"x": X})
    (array,) = [a for a in points.circuit.element_arrays if a.layer == "conv"]
    heads, tails = branch_ends(array.topology)
    drops = points.node_voltages[:, heads] - points.node_voltages[:, tails]
    seen = points.currents("conv")["conv"][0] / drops[0]
    stored = model.parameters["conv.conductance"]
    factors = seen.reshape(4, *stored.shape) / stored
    # The same number for two windows would mean that a value was read, not its devices.
    assert len(np.unique(np.round(factors, 6))) == factors.size
    assert factors.min() >= 0.9 - 1e-9
    assert factors.max() <= 1.1 + 1e-9


@pytest.mark.parametrize(
    "rule", [DropSquared(nudge=0.1), EquilibriumPropagation(1e-9)], ids=lambda r: type(r).__name__
)
def test_a_sum_over_devices_is_what_one_value_measures(rule: LearningRule) -> None:
    model = convolved(Conv2DLayer, SenseLayer(name="y", sense_resistance=1e4))
    data = DataSet({"x": X}, {"y": np.full((6, 1), 0.05)})
    found = model.gradients(data, losses.MSE(), rule)["conv.conductance"]
    # A chip without deviations has a value for each device, and takes the way branch by branch.
    plain = Chip(factors={"conv.conductance": np.ones((4, 2, 2, 1, 2)).reshape(-1)})
    again = model.gradients(data, losses.MSE(), rule, chip=plain)["conv.conductance"]
    assert found == pytest.approx(again, rel=1e-9, abs=1e-12 * np.abs(found).max())


def bounded(hold: Callable[[Layer, Layer], Layer]) -> Model:
    """Return four hidden nodes and two outputs, which ideal diodes hold."""
    x = InputVoltageLayer(units=9, name="x")
    hidden = DenseLayer(name="hidden", units=4, initializer=INIT, lr=1e-10)(x)
    held = hold(hidden, DenseLayer(name="last", units=2, initializer=INIT, lr=1e-10)(hidden))
    return Model([x], [CurrentLayer(name="y", fold=False)(held)], seed=1)


def ideal(name: str, bounds: list[float]) -> Layer:
    return DiodeLayer(name=name, kind="ideal", direction="down", bias_voltage=bounds)


def test_shared_bounds_hold_on_a_chip_where_outputs_are_held() -> None:
    shared = bounded(
        lambda hidden, last: SharedBounds(name="b")(ConcatenateLayer(name="j")([last, hidden]))
    )
    # Sums of powers of two lose no bits.
    shared.parameters["b.bound"] = [0.5, 0.0625, -0.0625]
    chip = Chip(offsets={"b.bound": [0.5, 0.25, 0.0, 0.03125, 0.0, 0.03125]})

    def alone(hidden: Layer, last: Layer) -> Layer:
        ideal("h", [0.0625, 0.09375, -0.0625, -0.03125])(hidden)
        return ideal("l", [1.0, 0.75])(last)

    apart = bounded(alone)
    data = DataSet({"x": X}, {"y": np.full((6, 2), -0.2)})
    rule = CoupledLearning(0.1)
    ours = shared.gradients(data, losses.MSE(), rule, chip=chip)
    theirs = apart.gradients(data, losses.MSE(), rule)
    held = apart.operating_points({"x": X}).at("hidden")
    assert (held == np.array([0.0625, 0.09375, -0.0625, -0.03125])).any(axis=0).all()
    for name, expected in theirs.items():
        assert np.array_equal(ours[name], expected), name


def test_one_chip_after_another_has_its_own_bounds() -> None:
    def shared() -> Model:
        return bounded(
            lambda hidden, last: SharedBounds(name="b")(ConcatenateLayer(name="j")([last, hidden]))
        )

    model, seen = shared(), set()
    for offset in (0.0, 0.25, -0.25):
        chip = Chip(offsets={"b.bound": np.full(6, offset)})
        found = model.operating_points({"x": X}, chip=chip).node_voltages
        # One that never met another chip.
        assert np.array_equal(found, shared().operating_points({"x": X}, chip=chip).node_voltages)
        seen.add(found.tobytes())
    assert len(seen) == 3


class Wrong(SharedBounds):
    """Declares other devices than its circuit has."""

    declared: ClassVar[IntArray] = np.zeros(0, dtype=np.intp)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        (right,) = super().declarations(input_shapes)
        return [attrs.evolve(right, devices=self.declared)] if self.declared.size else [right]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return SharedBounds(name=self.name).build(builder, inputs)


@pytest.mark.parametrize(
    "declared",
    [
        [0, 0, 1, 1, 2, 1],  # another value
        [0, 0, 1, 1, 2],  # a device too few
        [0, 0, 1, 1, 2, 2, 2],  # one that the circuit lacks
        [0, 0, 1, 1, 2, 3],  # no such value
        [0, 0, 1, 1, 2, -1],
        [0.0, 0.0, 1.0, 1.0, 2.0, 2.0],  # no numbers of values
    ],
)
def test_a_layer_that_declares_other_devices_is_refused(declared: list[int]) -> None:
    kind = type("Declares", (Wrong,), {"declared": np.array(declared)})
    with pytest.raises(ModelError, match=r"'b' declares which value of 'b\.bound'"):
        bounded(lambda hidden, last: kind(name="b")(ConcatenateLayer(name="j")([last, hidden])))


class Unnumbered(SharedBounds):
    """Its circuit tells which values are taken, and not by which devices."""

    def bound(self, numbers: IntArray) -> Parameter:
        return Parameter(self.parameter("bound"), numbers)


class Forgetful(SharedBounds):
    """Its circuit takes the last device but one twice, and the last one never."""

    def bound(self, numbers: IntArray) -> Parameter:
        devices = np.array([*range(len(numbers) - 1), len(numbers) - 2])
        return Parameter(self.parameter("bound"), numbers[devices], devices=devices)


@pytest.mark.parametrize("kind", [Unnumbered, Forgetful])
def test_a_circuit_that_takes_other_devices_is_refused(kind: type[SharedBounds]) -> None:
    with pytest.raises(ModelError, match="its circuit does not take them so"):
        bounded(lambda hidden, last: kind(name="b")(ConcatenateLayer(name="j")([last, hidden])))


def test_a_run_keeps_how_each_device_of_a_shared_value_was_read(tmp_path: Path) -> None:
    model = convolved(Noisy, CurrentLayer(name="y"))
    data = BatchGenerator(DataSet({"x": X}, {"y": np.full((6, 1), 0.05)}), 3)
    kept = Metrics(model, verbose=False, save_branch_currents="every")
    path = tmp_path / "run.h5"
    model.fit(data, losses.MSE(), SGD(model), beta=1e-8, metrics=kept, run=path)
    with Run.open(path) as run:
        found = run.phase("free").currents("conv")
        # Rounding of a product; a value in place of its device's reading is a tenth off.
        assert found == pytest.approx(run.currents("conv", "free")[-1], rel=1e-9, abs=1e-18)


def test_a_run_keeps_the_values_after_every_update_on_a_chip(tmp_path: Path) -> None:
    model = convolved(Conv2DLayer, CurrentLayer(name="y"))
    data = BatchGenerator(DataSet({"x": X}, {"y": np.full((6, 1), 0.05)}), 2)
    chip = Chip.drawn(model, {"conv.conductance": 0.1}, seed=1)
    kept = Metrics(model, verbose=False, save_batch_parameters="every")
    path = tmp_path / "run.h5"
    model.fit(data, losses.MSE(), SGD(model), beta=1e-8, metrics=kept, chip=chip, run=path)
    with Run.open(path) as run:
        found = run.recorded("updates/conv.conductance")
        assert found.shape == (1, 3, 2, 2, 1, 2)
        assert (found[-1][-1] == model.parameters["conv.conductance"]).all()
