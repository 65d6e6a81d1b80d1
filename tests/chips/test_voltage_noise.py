"""Noise of readings: its size, its streams, and what of a fit sees it."""

from typing import Any

import numpy as np
import pytest

from ebana_core import losses
from ebana_core.chips import Twin, VoltageNoise
from ebana_core.chips.reading import Reading, normal
from ebana_core.errors import ParameterError
from ebana_core.rules import CoupledLearning
from tests.support.twins import data, fluctuating, model

LOSS = losses.MSE(0.0)
KEY = (3, 4)


def test_the_numbers_are_normal_and_independent() -> None:
    table = normal(KEY, 0, 0, (20_000, 6))
    # 120,000 draws: standard errors of 0.003 (mean), 0.002 (deviation), 0.014 (kurtosis).
    assert abs(table.mean()) < 0.015
    assert abs(table.std() - 1) < 0.01
    assert abs((table**4).mean() - 3) < 0.1
    # Between columns, and between rows, at a standard error of 0.007.
    assert np.abs(np.corrcoef(table.T) - np.eye(6)).max() < 0.035
    assert abs((table[1:] * table[:-1]).mean()) < 0.015


@pytest.mark.parametrize("n_columns", [1, 2, 4, 5, 7])
def test_rows_are_the_same_in_whatever_parts_they_are_drawn(n_columns: int) -> None:
    whole = normal(KEY, 2, 0, (10, n_columns))
    parts = [normal(KEY, 2, first, (n, n_columns)) for first, n in ((0, 3), (3, 1), (4, 6))]
    assert np.array_equal(np.concatenate(parts), whole)


def test_readings_and_keys_have_noise_of_their_own() -> None:
    tables = [normal(key, number, 0, (4, 4)) for key in (KEY, (3, 5)) for number in (0, 1)]
    assert len({table.tobytes() for table in tables}) == 4


def test_ground_is_read_exactly() -> None:
    assert not Reading(0.1, KEY).of_nodes(0, 0, (5, 3))[:, 0].any()


def test_an_evaluation_reads_each_node_of_a_folded_output() -> None:
    own, many = model(), data(4000)
    exact = own.predict(many)["out"]
    noise = own.predict(many, read_noise=VoltageNoise(1e-3, full_scale=5.0))["out"] - exact
    # Two nodes, 5 mV each; 8000 draws: a standard error of 0.8 %.
    assert abs(noise.std() / (5e-3 * np.sqrt(2)) - 1) < 0.04


def test_evaluations_are_read_anew_and_a_model_repeats_them() -> None:
    def seen() -> list[float]:
        own = model()
        settings: dict[str, Any] = {"read_noise": VoltageNoise(0.01)}
        return [own.evaluate(data(), LOSS, **settings).loss for _ in range(3)]

    first = seen()
    assert len(set(first)) == 3
    assert seen() == first


def test_noise_leaves_other_random_numbers_alone() -> None:
    first, second = fluctuating(), fluctuating()
    second.evaluate(data(), LOSS, read_noise=VoltageNoise(0.0))
    first.evaluate(data(), LOSS)
    assert np.array_equal(first.predict(data())["out"], second.predict(data())["out"])
    first.evaluate(data(), LOSS)
    second.evaluate(data(), LOSS, read_noise=VoltageNoise(0.1))
    assert np.array_equal(first.predict(data())["out"], second.predict(data())["out"])


@pytest.mark.parametrize("chip", [None, Twin()], ids=["one", "twins"])
def test_the_rule_sees_two_readings_of_every_node(chip: Twin | None) -> None:
    # Nothing moves: all of the gradient is noise.
    own, samples = model(), data(400)
    target = {"out": own.predict(samples)["out"]}
    still, eta, sigma = type(samples)(samples.inputs, target), 1e-9, 1e-3
    rule = CoupledLearning(eta)
    found = own.gradients(still, LOSS, rule, chip=chip, read_noise=VoltageNoise(sigma))
    points = own.operating_points(samples.inputs)
    x, h = points.at("x"), points.at("d1")
    drops = x[:, :, None] - h[:, None, :]
    # q = drop²/2 of two readings: a difference of 2*sigma² of variance in each drop.
    width = np.sqrt(4 * sigma**2 * (drops**2).mean(axis=0) / 400) / eta
    ratio = found["d1.conductance"] / width
    # 24 entries that share the noise of 10 nodes.
    assert 0.5 < ratio.std() < 1.5
    assert np.abs(ratio).max() < 5


def test_what_is_no_noise_is_refused() -> None:
    wrong: list[dict[str, Any]] = [{"noise": -1.0}, {"noise": 1.0, "full_scale": 0.0}]
    for settings in wrong:
        with pytest.raises(ParameterError):
            VoltageNoise(**settings)
    with pytest.raises(ParameterError, match=r"read_noise is 0\.005"):
        model().predict(data(), read_noise=0.005)  # type: ignore[arg-type]
