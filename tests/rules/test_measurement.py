"""What a finite converter sees of the drops."""

import numpy as np
import pytest

from ebana_core import losses
from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.rules import ContrastiveLearning, EquilibriumPropagation, Measurement, ep_sq
from tests.support.networks import samples, soft_model

RNG = np.random.default_rng(0)
BETA = 1e-8


def test_codes_round_and_clip() -> None:
    converter = Measurement(bits=3, range=1.0)
    drops = np.array([-5.0, -1.0, -0.3, 0.0, 0.1, 0.13, 0.7, 5.0])
    read = converter.reading(drops, RNG)
    assert converter.step == 0.25
    assert read.tolist() == [-1.0, -1.0, -0.25, 0.0, 0.0, 0.25, 0.75, 0.75]
    assert Measurement(range=0.5).reading(drops, RNG).max() == 0.5


def test_noise_has_its_standard_deviation_and_no_mean() -> None:
    read = Measurement(noise=0.1).reading(np.full(100_000, 0.3), np.random.default_rng(1))
    # five standard errors
    assert read.mean() == pytest.approx(0.3, abs=5 * 0.1 / np.sqrt(1e5))
    assert read.std() == pytest.approx(0.1, rel=5 / np.sqrt(2e5), abs=0)


def gradient(
    measurement: Measurement | None,
    seed: int = 1,
    grad_func: object = None,
    n_samples: int = 300,
) -> Array:
    model = soft_model((3, 4, 4), (2.5,), seed=seed, trainable={"d_out": {"grad_func": grad_func}})
    data = samples(model, 1, n_samples)
    rule = EquilibriumPropagation(BETA, "centered", measurement=measurement)
    return model.gradients(data, losses.MSE(), rule)["d_out.conductance"]


@pytest.mark.parametrize("grad_func", [None, ep_sq])
def test_the_noise_of_a_gradient_is_that_of_two_readings(grad_func: object) -> None:
    noise = 1e-6
    exact = gradient(None)
    draws = [
        gradient(Measurement(noise=noise, seed=seed), grad_func=grad_func) - exact
        for seed in range(40)
    ]
    # (d + n1)**2/2 - (d + n2)**2/2 has the deviation noise*sqrt(2)*|d|; its mean over 300
    # samples of drops of some 0.3 V, over 2*beta
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    points = model.operating_points(samples(model, 1, 300).inputs)
    drops = points.at("amp0")[:, :, None] - points.at("d_out")[:, None, :]
    expected = noise * np.sqrt(2 * (drops**2).sum(axis=0)) / 300 / (2 * BETA)
    found = np.sqrt(np.mean(np.square(draws), axis=0))
    assert np.median(found / expected) == pytest.approx(1.0, abs=0.15)
    assert np.abs(np.mean(draws, axis=0)).max() < 5 * expected.max() / np.sqrt(40)


def test_the_same_seed_reads_the_same() -> None:
    first, again, other = (gradient(Measurement(noise=1e-3, seed=seed)) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).all()


def test_other_points_are_read_with_other_noise() -> None:
    exact = [gradient(None, seed) for seed in (1, 2)]
    noise = [gradient(Measurement(noise=1e-3), seed) - exact[seed - 1] for seed in (1, 2)]
    correlation = np.corrcoef(noise[0].reshape(-1), noise[1].reshape(-1))[0, 1]
    assert abs(correlation) < 0.9  # of 16 values


def test_fine_codes_change_nothing_and_coarse_ones_lose_small_nudges() -> None:
    exact = gradient(None)
    fine = gradient(Measurement(bits=48, range=2.0))
    assert fine == pytest.approx(exact, abs=1e-4 * np.abs(exact).max())
    coarse = gradient(Measurement(bits=8, range=2.0), n_samples=3)
    assert (coarse == 0).mean() > 0.5


def test_every_rule_of_phases_can_be_measured() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    data = samples(model, 1)
    exact, seen = (
        model.gradients(data, losses.MSE(), ContrastiveLearning(measurement=measurement))
        for measurement in (None, Measurement(noise=1e-6))
    )
    for name, value in exact.items():
        assert 0 < np.abs(seen[name] - value).max() < 1e-3 * np.abs(value).max()


@pytest.mark.parametrize(
    "settings",
    [
        {"noise": -1e-3},
        {"noise": np.nan},
        {"bits": 0, "range": 1.0},
        {"bits": 2.5, "range": 1.0},
        {"bits": 8},
        {"range": 0.0},
        {"range": np.inf},
    ],
)
def test_impossible_converters_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="Measurement has"):
        Measurement(**settings)  # type: ignore[arg-type]  # that is the test
