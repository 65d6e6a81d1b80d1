"""Twins: displaced phases are those of another circuit, in gradients, fits and run files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.callbacks import Callback
from ebana_core.chips import Chip, Twin, VoltageNoise
from ebana_core.data import BatchGenerator
from ebana_core.errors import ParameterError, StorageError
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SenseLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    Adjoint,
    AsymmetricPropagation,
    CoupledLearning,
    DropSquared,
    EquilibriumPropagation,
    LearningRule,
)
from tests.support.twins import INITIALIZER, data, fluctuating, model

LOSS = losses.MSE(0.0)
SPREADS = {"d1.conductance": 0.1, "d2.conductance": 0.05, "amp.shift": 5e-3}
RULES: list[LearningRule] = [
    EquilibriumPropagation(3e-6),
    EquilibriumPropagation(3e-6, "centered"),
    CoupledLearning(0.5),
    CoupledLearning(0.5, "centered"),
]


def drops(own: Model, chip: Chip, inputs: Any, nudge: Any = None) -> dict[str, np.ndarray]:
    """Return the drops of both crossbars on a chip."""
    points = own.operating_points(inputs, nudge=nudge, chip=chip)
    x, h, out = (points.at(layer) for layer in ("x", "d1", "d2"))
    amplified = points.at("amp")
    return {
        "d1.conductance": x[:, :, None] - h[:, None, :],
        "d2.conductance": amplified[:, :, None] - out[:, None, :],
    }


@pytest.mark.parametrize("variant", ["positive", "centered"])
def test_the_gradient_is_the_difference_of_squares_on_the_two_circuits(variant: Any) -> None:
    own, samples, beta = model(), data(), 3e-6
    twin = Twin.drawn(own, SPREADS, seed=2)
    rule = EquilibriumPropagation(beta, variant)
    found = own.gradients(samples, LOSS, rule, chip=twin)
    read = own.predict(samples, chip=twin)["out"]
    assert samples.outputs is not None
    nudge = -beta * (read - samples.outputs["out"])
    after = drops(own, twin.clamped, samples.inputs, {"out": nudge})
    before, width = drops(own, twin.free, samples.inputs), beta
    if variant == "centered":  # both sides are those of the clamped circuit
        before, width = drops(own, twin.clamped, samples.inputs, {"out": -nudge}), 2 * beta
    for name, gradient in found.items():
        expected = ((after[name] ** 2 - before[name] ** 2) / (2 * width)).mean(axis=0)
        # Plain differences of drops of 1 V, over beta: 1e-16/1e-6 of some V²/S.
        assert np.abs(gradient - expected).max() <= 1e-9 * np.abs(expected).max()


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_equal_twins_give_the_gradients_of_one_circuit(rule: LearningRule) -> None:
    own, samples = model(), data()
    plain = own.gradients(samples, LOSS, rule)
    for name, gradient in own.gradients(samples, LOSS, rule, chip=Twin()).items():
        # Two solves of a voltage differ by its rounding, 1e-16 V, and their change is some mV.
        assert np.abs(gradient - plain[name]).max() <= 1e-10 * np.abs(plain[name]).max()


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_ngspice_gives_the_same_gradients(rule: LearningRule) -> None:
    own, samples = model(), data()
    twin = Twin.drawn(own, SPREADS, seed=4)
    native = own.gradients(samples, LOSS, rule, chip=twin)
    for name, gradient in own.gradients(samples, LOSS, rule, "ngspice", chip=twin).items():
        # ngspice ends within 1e-12 V; the drops differ by the mismatch, some mV.
        assert np.abs(gradient - native[name]).max() <= 1e-7 * np.abs(native[name]).max()


def test_float32_finds_the_gradients_of_float64() -> None:
    own, samples, rule = model(), data(), CoupledLearning(0.5)
    twin = Twin.drawn(own, SPREADS, seed=4)
    exact = own.gradients(samples, LOSS, rule, chip=twin)
    single = own.gradients(samples, LOSS, rule, NativeBackend(dtype="float32"), chip=twin)
    for name, gradient in single.items():
        # Drops of 1 V rounded to 6e-8, beside differences of 10 mV.
        assert np.abs(gradient - exact[name]).max() <= 2e-4 * np.abs(exact[name]).max()


def fit(own: Model, path: Path, chip: Chip | Twin | None, **settings: Any) -> list[float]:
    """Train an epoch of three batches, record everything, and return the losses."""
    chosen: dict[str, Any] = {"rule": CoupledLearning(0.5)} | settings
    metrics = Metrics(
        own,
        verbose=False,
        save_output_voltages="every",
        save_power_params="every",
        save_branch_currents="every",
    )
    history = own.fit(
        BatchGenerator(data(), 5, shuffle=False),
        LOSS,
        optimizers.SGD(own),
        test_dataloader=data(7, seed=5),
        metrics=metrics,
        chip=chip,
        run=path,
        **chosen,
    )
    scores = [record.validation for record in history]
    return history.losses + [score.loss for score in scores if score is not None]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_recorded_phases_are_right_at_the_values_in_force(
    rule: LearningRule, tmp_path: Path
) -> None:
    own = model()
    twin = Twin.drawn(own, SPREADS, seed=6)
    fit(own, tmp_path / "run.h5", twin, rule=rule, read_noise=VoltageNoise(1e-3))
    with Run.open(tmp_path / "run.h5") as run:
        for name in rule.phase_names:
            chip = twin.free if name == "free" else twin.clamped
            for points in own.recorded_points(run, name):
                # Currents balance at no other values: of the other circuit, or with noise.
                assert points.residual < 1e-12
                assert points.power_balance < 1e-12
                shift = np.asarray(points.parameters["amp.shift"])
                assert np.array_equal(shift, np.asarray(chip.offsets["amp.shift"]))
            recorded = run.phase(name)
            own_currents = run.currents("d1", name)[-1]
            assert np.abs(recorded.currents("d1") - own_currents).max() < 1e-18


def test_clamps_stand_where_the_free_circuit_reads(tmp_path: Path) -> None:
    own, samples, eta = model(), data(), 0.25
    twin = Twin.drawn(own, SPREADS, seed=2)
    fit(own, tmp_path / "run.h5", twin, rule=CoupledLearning(eta))
    assert samples.outputs is not None
    with Run.open(tmp_path / "run.h5") as run:
        read, clamped = (
            np.concatenate([p.predictions()["out"] for p in own.recorded_points(run, phase)])
            for phase in ("free", "nudged")
        )
    goal = read + eta * (samples.outputs["out"] - read)
    assert np.abs(clamped - goal).max() < 1e-12


def test_a_run_holds_its_chips_and_is_not_resumed_on_others(tmp_path: Path) -> None:
    own, path = model(), tmp_path / "run.h5"
    twin = Twin.drawn(own, SPREADS, seed=6)
    fit(own, path, twin)
    assert repr(Twin.load(path)) == repr(twin)
    other = model()
    with pytest.raises(StorageError, match="chip"):
        fit(other, path, twin.scaled(2), epochs=2, resume=True)
    with pytest.raises(StorageError, match="read_noise"):
        fit(other, path, twin, epochs=2, resume=True, read_noise=VoltageNoise(1e-3))


def test_one_chip_is_trained_as_a_network_of_its_devices(tmp_path: Path) -> None:
    own, other = model(), model()
    other.parameters["amp.shift"] = 0.02
    losses_seen = fit(own, tmp_path / "a.h5", Chip(offsets={"amp.shift": 0.02}))
    assert losses_seen == fit(other, tmp_path / "b.h5", None)
    for name in ("d1.conductance", "d2.conductance"):
        assert np.array_equal(own.parameters[name], other.parameters[name])
    assert own.parameters["amp.shift"] == 0.0


class Stop(Exception):  # noqa: N818 (it stops a fit, as a kill would)
    """Ends a fit."""


class Stopping(Callback):
    """Ends a fit before the third batch of its second epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == (2, 3):
            raise Stop


def test_a_resumed_fit_on_twins_with_noise_ends_like_one_that_ran_through(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    whole, stopped, resumed = fluctuating(), fluctuating(), fluctuating()
    twin = Twin.drawn(whole, {"d1.conductance": 0.05}, seed=9)
    settings: dict[str, Any] = {"read_noise": VoltageNoise(1e-3), "epochs": 3}
    losses_seen = fit(whole, tmp_path / "whole.h5", twin, **settings)
    with pytest.raises(Stop):
        fit(stopped, path, twin, callbacks=[Stopping()], commit_every=1e-9, **settings)
    assert fit(resumed, path, twin, resume=True, **settings) == losses_seen
    assert np.array_equal(whole.parameters["d1.conductance"], resumed.parameters["d1.conductance"])
    with Run.open(tmp_path / "whole.h5") as first, Run.open(path) as second:
        for phase in ("free", "nudged"):
            assert np.array_equal(first.phase(phase).voltages, second.phase(phase).voltages)


def test_workers_and_shards_find_the_same_bits() -> None:
    own, many = model(), data(600)
    twin = Twin.drawn(own, SPREADS, seed=6)

    def gradients(executor: Any) -> dict[str, np.ndarray]:
        own = model()
        settings: dict[str, Any] = {"chip": twin, "read_noise": VoltageNoise(1e-3)}
        return own.gradients(many, LOSS, CoupledLearning(0.5), executor=executor, **settings)

    here = gradients(None)
    with ThreadPoolExecutor(2) as executor:
        there = gradients(executor)
    for name, gradient in here.items():
        assert np.array_equal(gradient, there[name])


def sensed() -> Model:
    x = InputVoltageLayer(units=6, name="x")
    d1 = DenseLayer(units=4, lr=1e-10, name="d1", initializer=INITIALIZER)(x)
    out = SenseLayer(name="out", fold=True, sense_resistance=1e9, clamp_resistance=1e3)(d1)
    return Model([x], [out], seed=1)


def test_drops_are_squared_on_the_circuits_that_have_them(tmp_path: Path) -> None:
    own = sensed()
    twin = Twin.drawn(own, {"d1.conductance": 0.05}, seed=1)
    samples = data()
    margin = losses.Hinge(margin=0.05)
    labels = np.eye(2)[np.arange(12) % 2]
    assert samples.inputs is not None
    marked = type(samples)(samples.inputs, {"out": labels})
    rule = DropSquared(nudge=0.05)
    found = own.gradients(marked, margin, rule, chip=twin)["d1.conductance"]
    metrics = Metrics(own, verbose=False, save_output_voltages="every")
    own.fit(
        BatchGenerator(marked, 12, shuffle=False),
        margin,
        optimizers.SGD(own),
        rule=rule,
        metrics=metrics,
        chip=twin,
        run=tmp_path / "run.h5",
    )
    with Run.open(tmp_path / "run.h5") as run:
        (free,), (clamped,) = (own.recorded_points(run, p) for p in ("free", "nudged"))
    assert max(free.residual, clamped.residual) < 1e-12
    (injected,) = (value for value in clamped.nudge.values() if np.any(value))
    is_closed = np.any(injected != 0, axis=1)
    assert 0 < is_closed.sum() < 12  # some samples have their margin
    drops = [p.at("x")[:, :, None] - p.at("d1")[:, None, :] for p in (free, clamped)]
    expected = (drops[1] ** 2 - drops[0] ** 2)[is_closed].sum(axis=0) / 12
    # What a file holds of a clamped phase is a sum of two voltages, right to 1e-16 V.
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


def test_rules_without_a_displaced_phase_are_refused() -> None:
    own = model()
    for settings in ({"chip": Twin()}, {"read_noise": VoltageNoise(1e-3)}):
        for rule in (Adjoint(), AsymmetricPropagation(1e-8)):
            with pytest.raises(ParameterError, match="no phases that a circuit settles in"):
                own.gradients(data(), LOSS, rule, **settings)
    own.gradients(data(), LOSS, Adjoint(), chip=Chip(factors={"d1.conductance": 1.1}))


def test_values_that_learn_from_currents_are_refused() -> None:
    x = InputVoltageLayer(units=6, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.1, trainable=True, lr=1e-3)
    joined = ConcatenateLayer(name="j")([x, bias])
    d1 = DenseLayer(units=4, name="d1", initializer=INITIALIZER)(joined)
    own = Model([x, bias], [CurrentLayer(name="out")(d1)], seed=0)
    with pytest.raises(ParameterError, match="only drops are measured"):
        own.gradients(data(), LOSS, CoupledLearning(0.5), chip=Twin())
