"""What a layer, a response and a model of a filament refuse, and say why."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    ConductanceSpread,
    DeviceSpread,
    GapDynamics,
    LinearPulses,
    MemristorLayer,
    PulseResponse,
    Pulses,
    ReadDisturb,
    ReadNoise,
    Sinh,
    Stanford,
    StanfordModel,
    Waveform,
    sweep,
)

from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform

X = np.full((2, 3), 5e-5)
ONE = np.ones((2, 3))


def crossbar(**settings: Any) -> MemristorLayer:
    given = {"pulses": Pulses(response=LinearPulses(n_states=60)), **settings}
    return MemristorLayer(name="m", units=3, initializer=RandomUniform(1e-6, 1e-4), **given)


class Stranger(PulseResponse):
    """A response whose steps somebody else reckons."""

    def __init__(self, step: Any) -> None:
        self.returned = step

    def step(self, x: Any, is_up: Any) -> Any:
        return self.returned(x)


@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.parametrize(
    "step",
    [
        lambda x: np.nan + 0 * x,
        lambda x: np.inf + 0 * x,
        lambda x: -0.01 + 0 * x,
        lambda x: np.zeros(7),
        lambda x: [0.01] * x.size,
        lambda x: "far",
        lambda x: (0 * x).astype(np.float32),
    ],
    ids=["nan", "inf", "negative", "shape", "list", "text", "float32"],
)
def test_steps_of_a_strangers_response_are_judged(step: Any, verify: bool) -> None:
    layer = crossbar(pulses=Pulses(response=Stranger(step), write_verify=verify))
    with pytest.raises(ParameterError, match=r"Stranger\.step returned"):
        layer.program("conductance", X, 0.2 * X, np.random.default_rng(0), {})


def test_a_step_for_all_cells_is_one_for_each() -> None:
    layer = crossbar(pulses=Pulses(response=Stranger(lambda x: 0.02), write_verify=True))
    new, report = layer.program("conductance", X, 0.2 * X, np.random.default_rng(0), {})
    assert new == pytest.approx(X + 5 * 0.02 * 9.9e-5, rel=1e-12, abs=0)
    assert report["pulses_up"] == 6 * 5


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((X, np.ones((3, 2)), ONE), "Counts 'first' of layer 'm' have shape"),
        ((X, 1.7 * ONE, ONE), "'first' of layer 'm' hold"),
        ((X, ONE, np.nan * ONE), "'back' of layer 'm' hold"),
        ((X, ONE, ONE, -ONE), "'reads' of layer 'm' hold"),
        ((X, ONE, np.ma.masked_greater(ONE, 0)), "'back' of layer 'm' is a masked array"),
        ((5.0 * ONE, ONE, ONE), "given states from 5.0"),
        ((np.nan * X, ONE, ONE), "given states from nan"),
    ],
)
def test_pulses_that_no_run_records_are_not_played(arguments: Any, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        crossbar().played(*arguments)


def test_cells_are_not_played_without_what_they_are_made_of() -> None:
    layer = crossbar(effects=[DeviceSpread(0.3)])
    with pytest.raises(ParameterError, match="needs 'step_size'"):
        layer.played(X, ONE, 0 * ONE)
    played = layer.played(X, ONE, 0 * ONE, None, {"step_size": 2 * ONE})
    assert played == pytest.approx(X + 2 * 9.9e-5 / 60, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: crossbar(pulses=Pulses(voltage=1e200, width=1e200)), "1e\\+200 V"),
        (lambda: crossbar(cell=Sinh(V0=1e-3), pulses=Pulses(voltage=3.0)), "draw inf A"),
        (lambda: GapDynamics(set_voltage=26.0), "26.0"),
        (lambda: crossbar(cell=Stanford(), effects=[ReadDisturb(voltage=26.0)]), "26.0 V"),
        (lambda: ConductanceSpread(40.0), "sigma=40.0"),
        (lambda: ReadNoise(1e200), "sigma=1e\\+200"),
    ],
)
def test_settings_that_no_number_holds_are_refused_at_once(made: Any, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        made()


def test_gaps_that_move_faster_than_numbers_hold_are_named() -> None:
    """They stood still without a word: each step of theirs was rejected, and none was left."""
    cell = StanfordModel(gamma0=1e4)
    with pytest.raises(ParameterError, match="faster than float64 can tell"):
        cell.moved(8e-10, 1.4, 1e-9)
    with pytest.raises(ParameterError, match="faster than float64 can tell"):
        sweep(cell, Waveform(1e-9, [1.4]))
