"""What a transient is given: every form of number, and what is refused by name."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.analysis.transient import Transient
from ebana_core.errors import DataError, NotEnoughMemoryError, ParameterError, UnknownNameError
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer

C = 1e-12


def model() -> Model:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=1, name="d", initializer=Given(1e-5))(x)
    pair = DiodeLayer(name="pair", kind="antiparallel")(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(pair)], seed=0)


def run(**changed: Any) -> Transient:
    settings = {"capacitance": C, "duration": 1e-6, "n_steps": 20, **changed}
    return model().transient({"x": [[1.0, 0.4]]}, **settings)


@pytest.mark.parametrize("backend", ["native", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_numbers_of_numpy_are_numbers(backend: str) -> None:
    plain = run(capacitance={"d": C}, backend=backend)
    given = run(
        capacitance={"d": np.array(C)},
        duration=np.float64(1e-6),
        n_steps=np.int64(20),
        backend=backend,
    )
    assert np.array_equal(plain.voltages, given.voltages)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"capacitance": 0.0}, r"capacitance is 0.0 F"),
        ({"capacitance": -1e-12}, r"capacitance is -1e-12 F"),
        ({"capacitance": True}, "capacitance is True F"),
        ({"capacitance": None}, "capacitance is None F"),
        ({"capacitance": np.array([C])}, r"capacitance is array\(\[1.e-12\]\) F"),
        ({"capacitance": {}}, "capacitance is {}"),
        ({"capacitance": {"d": float("nan")}}, "capacitance of 'd' is nan F"),
        ({"capacitance": {"d": "big"}}, "'d' is 'big' F"),
        ({"capacitance": {"x": -1, "d": C}}, "capacitance of 'x' is -1 F"),
        ({"capacitance": {"x": C, "d": C}}, "'x', whose nodes sources fix"),
        ({"capacitance": {"pair": C, "d": C}}, "'pair', which creates no nodes.*\n.*does, 'd'"),
        ({"capacitance": {"y": C, "d": C}}, "'y', which creates no nodes"),
        ({"duration": 0.0}, "duration is 0.0 s"),
        ({"duration": "1u"}, "duration is '1u' s"),
        ({"duration": True}, "duration is True s"),
        ({"duration": np.array([1e-6])}, r"duration is array\(\[1.e-06\]\) s"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": 10.0}, "n_steps is 10.0"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        run(**settings)


def test_unknown_layers_are_named() -> None:
    with pytest.raises(UnknownNameError, match=r"\['hidden'\]"):
        run(capacitance={"hidden": C})


@pytest.mark.parametrize(
    ("nudge", "match"),
    [
        ([[1e-7]], r"nudge is \[\[1e-07\]\]"),
        ({"y": [["a"]]}, "nudge of 'y' is not an array of numbers"),
        ({"y": [[1j]]}, "nudge of 'y' is not .*complex"),
        ({"y": [[np.inf]]}, "not finite"),
    ],
)
def test_nudges_that_are_no_currents_are_quoted(nudge: Any, match: str) -> None:
    with pytest.raises(DataError, match=match):
        run(nudge=nudge)


@pytest.mark.parametrize("tolerance", [0, "a", None, float("nan"), np.array([1e-3, 1e-2])])
def test_tolerances_are_voltages(tolerance: Any) -> None:
    with pytest.raises(ParameterError, match=r"tolerance is .* V"):
        run().settling_times(tolerance)


def test_what_does_not_fit_into_memory_is_refused_at_once() -> None:
    with pytest.raises(NotEnoughMemoryError, match="1 samples at 1000000000001 points of time"):
        run(n_steps=10**12)
