"""Updates of a random subset of devices: who takes part, and that nobody else notices."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.optimizers import RandomSubset
from ebana_core.rules import EquilibriumPropagation
from ebana_core.testing import OptimizerConformance

NAME = "d.conductance"
MAKES = [
    lambda model, **more: optimizers.SGD(model, **more),
    lambda model, **more: optimizers.SGDMomentum(model, momentum=0.5, **more),
    lambda model, **more: optimizers.Adam(model, **more),
]


class TestSubset(OptimizerConformance):
    @pytest.fixture
    def make(self):
        return lambda model: optimizers.SGDMomentum(model, subset=RandomSubset(0.5))


def network(units: int = 20, lr: float = 1e-8) -> Model:
    x = InputVoltageLayer(units=units, name="x")
    dense = DenseLayer(units=units, name="d", lr=lr, initializer=RandomUniform(1e-6, 1e-5))(x)
    return Model([x], [CurrentLayer(name="y")(dense)], seed=0)


def gradient(step: int, units: int = 20) -> dict[str, np.ndarray]:
    return {NAME: np.random.default_rng(step).normal(0, 1e-3, (units, units))}


def test_all_devices_are_the_same_bits_as_no_subset() -> None:
    for make in MAKES:
        plain, whole = network(), network()
        first, second = make(plain), make(whole, subset=RandomSubset(1.0))
        for step in range(3):
            first.step(gradient(step))
            second.step(gradient(step))
        assert np.array_equal(plain.parameters[NAME], whole.parameters[NAME])
        for slot, array in first.slots.items():
            assert np.array_equal(array, second.slots[slot])


def test_the_chosen_do_what_they_would_and_the_others_keep_values_and_slots() -> None:
    subset = RandomSubset(0.3, seed=5)
    for make in MAKES:
        model, alone = network(), network()
        optimizer, reference = make(model, subset=subset), make(alone)
        for step in range(4):
            before, slots = model.parameters[NAME], optimizer.slots
            alone.parameters[NAME] = before
            reference.restore(slots, optimizer.n_steps)
            chosen = subset.chosen(NAME, optimizer.n_steps + 1, before.shape)
            optimizer.step(gradient(step))
            reference.step(gradient(step))
            expected = np.where(chosen, alone.parameters[NAME], before)
            assert np.array_equal(model.parameters[NAME], expected)
            for slot, array in optimizer.slots.items():
                kept = np.where(chosen, reference.slots[slot], slots[slot])
                assert np.array_equal(array, kept)


def test_the_share_is_that_of_devices_on_average() -> None:
    n_devices, share = 100_000, 0.2
    found = RandomSubset(share).chosen("d.conductance", 1, (n_devices,)).mean()
    # Five standard deviations of a binomial share.
    assert abs(found - share) < 5 * np.sqrt(share * (1 - share) / n_devices)


def test_steps_parameters_and_seeds_choose_differently_and_repeat_themselves() -> None:
    def chosen(seed: int = 0, name: str = "a.conductance", step: int = 1) -> list[bool]:
        return RandomSubset(0.5, seed=seed).chosen(name, step, (64,)).tolist()

    assert chosen() == chosen()
    found = [chosen(), chosen(seed=1), chosen(name="b.conductance"), chosen(step=2)]
    assert len({tuple(row) for row in found}) == 4


def test_blocks_of_a_large_array_are_parts_of_one_choice() -> None:
    units = 300  # 90,000 values: three blocks
    model = network(units)
    before = model.parameters[NAME]
    optimizer = optimizers.SGD(model, subset=RandomSubset(0.5))
    optimizer.step(gradient(0, units))
    chosen = RandomSubset(0.5).chosen(NAME, 1, (units, units))
    assert np.array_equal(model.parameters[NAME] != before, chosen)


def test_a_function_of_the_user_does_not_move_who_sits_out() -> None:
    x = InputVoltageLayer(units=4, name="x")
    dense = DenseLayer(
        units=4,
        name="d",
        lr=1e-8,
        initializer=RandomUniform(1e-6, 1e-5),
        weight_update_func=lambda values, change: 0.9 * values + change,
    )(x)
    model = Model([x], [CurrentLayer(name="y")(dense)], seed=0)
    before = model.parameters[NAME]
    subset = RandomSubset(0.5)
    optimizers.SGD(model, subset=subset).step({NAME: np.zeros((4, 4))})
    assert np.array_equal(model.parameters[NAME] != before, subset.chosen(NAME, 1, (4, 4)))


def fit(model: Model, optimizer: optimizers.Optimizer, epochs: int, run: Path, **more: object):
    inputs = np.random.default_rng(1).uniform(-1, 1, (12, 20))
    data = DataSet({"x": inputs}, {"y": 0.1 * inputs[:, :10]})
    return model.fit(
        BatchGenerator(data, batch_size=4),
        losses.MSE(),
        optimizer,
        epochs=epochs,
        rule=EquilibriumPropagation(1e-7),
        metrics=Metrics(model, verbose=False),
        run=run,
        seed=3,
        **more,
    )


def test_a_resumed_run_chooses_as_the_whole_one(tmp_path: Path) -> None:
    subset = RandomSubset(0.4, seed=7)
    whole = network()
    fit(whole, optimizers.SGDMomentum(whole, subset=subset), 4, tmp_path / "whole.h5")
    parts = network()
    fit(parts, optimizers.SGDMomentum(parts, subset=subset), 2, tmp_path / "parts.h5")
    again = network()
    trained = again.trained_with(tmp_path / "parts.h5")
    assert trained.optimizer.subset == subset
    fit(again, trained.optimizer, 4, tmp_path / "parts.h5", resume=True)
    assert np.array_equal(again.parameters[NAME], whole.parameters[NAME])


def test_a_run_is_not_resumed_with_another_subset(tmp_path: Path) -> None:
    model = network()
    fit(model, optimizers.SGD(model, subset=RandomSubset(0.4)), 1, tmp_path / "run.h5")
    again = network()
    with pytest.raises(Exception, match="optimizer_settings"):
        fit(again, optimizers.SGD(again), 2, tmp_path / "run.h5", resume=True)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan"), "half"])
def test_shares_that_are_no_probability_are_refused(share: object) -> None:
    with pytest.raises(ParameterError, match="share"):
        RandomSubset(share)  # type: ignore[arg-type]  # that it is refused is the test


@pytest.mark.parametrize("subset", [0.5, RandomSubset])
def test_what_is_no_subset_is_refused(subset: object) -> None:
    with pytest.raises(ParameterError, match="subset="):
        optimizers.SGD(network(), subset=subset)  # type: ignore[arg-type]  # that is the test


def test_devices_that_sit_out_get_no_pulses() -> None:
    """Memristors count pulses; a wish of 0 must not cost any."""
    from ebana_memristor import LinearPulses, MemristorLayer, Pulses

    x = InputVoltageLayer(units=10, name="x")
    cells = MemristorLayer(
        units=10,
        name="d",
        initializer=RandomUniform(2e-5, 8e-5),
        lr=1.0,
        pulses=Pulses(response=LinearPulses(n_states=1000)),
    )(x)
    model = Model([x], [CurrentLayer(name="y")(cells)], seed=0)
    subset, before = RandomSubset(0.5), model.parameters[NAME]
    optimizer = optimizers.SGD(model, subset=subset)
    pulse = 9.9e-8  # one of a thousand steps of the window from 1 to 100 uS
    record = optimizer.step({NAME: np.full((10, 10), -pulse)})
    chosen = subset.chosen(NAME, 1, (10, 10))
    assert np.array_equal(model.parameters[NAME] != before, chosen)
    assert record["d.pulses_up"] == chosen.sum()
