"""What is no plain number is refused wherever numbers are taken, not only in data sets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ebana_memristor import StanfordModel, Waveform

from ebana_core import Model, Run, losses
from ebana_core.data import DataSet
from ebana_core.errors import EbanaError
from ebana_core.metrics import mean_absolute_error
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import layered_model

HIDING = np.ma.array([0.1, 0.2], mask=[True, False])


@pytest.fixture
def model() -> Model:
    return layered_model((2, 3, 2), (4.0,), seed=0)


def varied(model: Model, change: Callable[..., Any]) -> None:
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1]]})
    name = next(iter(model.trainable_parameters()))
    model.monte_carlo(data, losses.MSE(0.0), n=1, seed=0, variations={name: change})


def checked(model: Model, strengths: Any) -> None:
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1]]})
    rule = EquilibriumPropagation(1e-7)
    model.check_gradient(data, rule, losses.MSE(0.0), strengths=strengths)


USES: dict[str, Callable[[Model], object]] = {
    "complex variation": lambda m: varied(m, lambda values, rng: values + 1e-9j),
    "masked variation": lambda m: varied(m, lambda values, rng: np.ma.masked_less(values, 1.0)),
    "swept values": lambda m: m.sweep("x[0]", HIDING),
    "complex swept values": lambda m: m.sweep("x[0]", [1j]),
    "others while sweeping": lambda m: m.sweep("x[0]", [0.1], {"x": HIDING}),
    "factor of text": lambda m: m.sweep({"x[0]": "a"}, [0.1]),
    "no factors": lambda m: m.sweep({}, [0.1]),
    "nothing to sweep": lambda m: m.sweep(None, [0.1]),
    "strengths of text": lambda m: checked(m, ["a"]),
    "masked strengths": lambda m: checked(m, np.ma.array([1e-7, 1e-6], mask=[1, 0])),
    "a curve's voltages": lambda m: m.layers["down0"].plot_iv(HIDING),
    "measured predictions": lambda m: mean_absolute_error(HIDING[None], [[0.1, 0.2]]),
    "a waveform": lambda m: Waveform(1e-9, HIDING),
    "a gap": lambda m: StanfordModel().checked_gap(np.array([1e-9 + 1j])),
    "no runs": lambda m: Run.compare([]),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_is_no_plain_number_is_refused(use: Callable[[Model], object], model: Model) -> None:
    with pytest.raises(EbanaError):
        use(model)
