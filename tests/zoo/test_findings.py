"""What experiments of several trainings find follows from what their trainings gave."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ebana_core.data import DataSet
from ebana_core.experiments import Trial
from ebana_core.rules import OverClamping
from ebana_core.zoo import (
    dillavou2022,
    dillavou2025,
    pandey2026,
    peters2025,
    stern2021,
    stern2024,
    wycoff2022,
)
from ebana_core.zoo.transistors import xor_samples


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ([0.0, -0.087, -0.087, 0.0], 100.0),
        ([-0.04, -0.05, -0.2, 0.1], 100.0),  # each on the side of its target
        ([0.0, -0.04, -0.087, 0.0], 0.0),  # nearer to 0 V than to -0.087 V
        ([-0.05, -0.087, -0.087, 0.0], 0.0),
    ],
)
def test_xor_is_solved_where_all_answers_are_nearer_to_their_target(
    said: list[float], share: float
) -> None:
    inputs, targets = xor_samples()
    model = SimpleNamespace(predict=lambda _: {"y": np.array(said)[:, None]})
    found = pandey2026.solved(model, DataSet({"x": inputs}, {"y": targets}))
    assert found["solved"] == share
    expected = np.mean((np.array(said) - targets[:, 0]) ** 2)
    assert found["mean squared error"] == pytest.approx(expected, rel=1e-12, abs=0)


def trial_of(experiment: Any, history: Any = None, **settings: float) -> Any:
    """Return a stand-in of a trial whose trainings end at once with one history."""
    model = experiment.build(0)
    return SimpleNamespace(
        experiment=experiment,
        seed=0,
        settings=settings,
        split=lambda: (None, None),
        model=lambda: model,
        fit=lambda *_, **__: history,
    )


def test_the_best_and_the_last_epoch_are_told_apart() -> None:
    epochs = [SimpleNamespace(validation=SimpleNamespace(accuracy=x)) for x in (0.5, 0.75, 0.25)]
    perform = pandey2026.DIGITS.perform
    assert perform is not None
    found = perform(trial_of(pandey2026.DIGITS, epochs))
    assert (found["best test accuracy"], found["test accuracy"]) == (75.0, 25.0)
    assert found["test accuracy by epoch"] == [50.0, 75.0, 25.0]


def test_rounding_at_the_end_of_a_training_bends_no_line() -> None:
    falling = 0.3 * np.exp(-0.5 * np.arange(200))
    history = SimpleNamespace(losses=np.maximum(falling, 1e-26))
    perform = stern2021.ALLOSTERY.perform
    assert perform is not None
    found = perform(trial_of(stern2021.ALLOSTERY, history))
    assert found["decay rate"] == pytest.approx(0.5, rel=1e-9, abs=0)
    assert found["straightness of the logarithm"] == pytest.approx(1.0, rel=1e-12, abs=0)


def test_the_last_half_of_a_training_has_a_rate_of_its_own() -> None:
    """Of several exponentials, the slowest is left."""
    falling = np.exp(-0.5 * np.arange(200)) + 1e-3 * np.exp(-0.01 * np.arange(200))
    perform = stern2021.ALLOSTERY.perform
    assert perform is not None
    found = perform(trial_of(stern2021.ALLOSTERY, SimpleNamespace(losses=falling)))
    assert found["straightness of the logarithm"] < 0.6  # type: ignore[operator]
    assert found["decay rate of the last half"] == pytest.approx(0.01, rel=1e-9, abs=0)
    assert found["straightness of the last half"] == pytest.approx(1.0, rel=1e-9, abs=0)


def test_the_pace_counts_updates_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a fifth of the devices takes part, five times the updates go as far."""

    def fit(self: Trial, *_: Any, epochs: int, **__: Any) -> SimpleNamespace:
        share = self.experiment.optimizer_settings["subset"].share
        return SimpleNamespace(losses=np.exp(-0.02 * share * np.arange(epochs)))

    monkeypatch.setattr(Trial, "fit", fit)
    perform = wycoff2022.SUBSETS.perform
    assert perform is not None
    found = perform(Trial(experiment=wycoff2022.SUBSETS))
    for word in ("a fifth", "a half"):
        pace = found[f"pace of {word} relative to all"]
        assert pace == pytest.approx(1.0, rel=1e-9, abs=0)


def test_each_cut_takes_one_more_edge_and_stays() -> None:
    trial, seen = trial_of(dillavou2022.IRIS, epochs=1, n_cuts=3), []
    trial.fit = lambda *_, chip, **__: seen.append(chip.factors["net.conductance"])
    perform = dillavou2022.IRIS.perform
    assert perform is not None
    found = perform(trial)
    cut = [np.flatnonzero(factors == dillavou2022.CUT).tolist() for factors in seen]
    assert [len(edges) for edges in cut] == [0, 1, 2, 3]
    assert all(set(few) < set(more) for few, more in pairwise(cut))
    assert all(((f == 1.0) | (f == dillavou2022.CUT)).all() for f in seen)
    # At a cut the epoch stands twice: before and right after it.
    assert found["epoch"] == [0, 1, 1, 2, 2, 3, 3, 4]
    assert len(found["recovery"]) == 8  # type: ignore[arg-type]


def test_a_network_settles_at_a_high_price_before_the_prices_are_compared() -> None:
    settings = {"epochs": 4, "settling": 40, "n_prices": 3, "high": 0.01, "low": 0.0001}
    trial, seen = trial_of(stern2024.POWER, **settings), []
    trial.fit = lambda *_, rule, epochs, **__: seen.append((rule.price, epochs))
    perform = stern2024.POWER.perform
    assert perform is not None
    found = perform(trial)
    prices, epochs = zip(*seen, strict=True)
    assert epochs == (40, 40, 4, 4)
    assert prices == pytest.approx((0.2, 0.01, 0.001, 0.0001), rel=1e-12, abs=0)
    assert found["price"] == pytest.approx(prices[1:], rel=1e-12, abs=0)


def test_tasks_come_in_turn_and_the_last_turn_of_each_counts() -> None:
    trial, seen = trial_of(dillavou2025.TASKS, turns=4), []

    def fit(_: Any, task: DataSet, *, rule: Any, **__: Any) -> SimpleNamespace:
        seen.append(int(task.inputs["x"][0, 0]))
        # Over-clamping leaves a tenth, and at the beginning of a turn a fifth.
        is_over = isinstance(rule, OverClamping)
        last = [0.2, 0.0] if is_over else [1.0, 1.0]
        return SimpleNamespace(losses=last if len(seen) % 4 in (3, 0) else [9.0, 9.0])

    trial.fit = fit
    perform = dillavou2025.TASKS.perform
    assert perform is not None
    found = perform(trial)
    assert seen == [1, 0, 1, 0] * 3
    relative = "by over-clamping relative to coupled learning"
    measured = found[f"error {relative.replace('by', 'of')}"], found[f"forgotten {relative}"]
    assert measured == pytest.approx((0.1, 0.2), rel=1e-12, abs=0)
    distances = found["distance as a turn begins, coupled learning"]
    assert distances == pytest.approx(np.sqrt([18.0, 18.0, 2.0, 2.0]), rel=1e-12, abs=0)


def test_devices_err_only_in_updates_that_teach() -> None:
    update = dillavou2025._pulling(0, 3e-8, 5)
    values, change = np.full(5, 1e-5), np.array([1e-7, 0.0, 0.0, 0.0, 0.0])
    assert np.abs(update(values, change) - values - change) == pytest.approx(3e-8, rel=1e-6, abs=0)
    assert (update(values, 0 * change) == values).all()


def test_every_set_is_learned_under_every_noise_with_as_many_updates() -> None:
    settings = {"updates": 30, "batch_size": 20, "n_noises": 2, "low": 0.001, "high": 0.1}
    trial, seen = trial_of(peters2025.NOISE, **settings), []

    def fit(_: Any, train: DataSet, *, epochs: int, read_noise: Any, **__: Any) -> None:
        seen.append(read_noise and read_noise.volts)
        assert epochs * train.n_samples >= 30 * 20 > (epochs - 1) * train.n_samples

    trial.fit = fit
    perform = peters2025.NOISE.perform
    assert perform is not None
    perform(trial)
    noises = [noise for noise in seen if noise is not None]
    assert len(seen) == 3 * len(peters2025.SETS)
    assert noises == pytest.approx([0.001, 0.1] * len(peters2025.SETS), rel=1e-12, abs=0)
