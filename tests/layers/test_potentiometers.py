"""Digital potentiometers: taps, what an update moves, and what is refused."""

from pathlib import Path

import attrs
import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import DataSet
from ebana_core.errors import EbanaError, ParameterError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer, PotentiometerNetworkLayer
from ebana_core.rules import CoupledLearning
from ebana_core.testing import DeviceConformance

NAME = "net.conductance"
STEP, WIPER = 100e3 / 128, 40.0
BRANCHES = [("a", "o"), ("o", "b"), ("a", "p"), ("p", "b"), ("o", "p")]


def layer(**settings: object) -> PotentiometerNetworkLayer:
    given = {"branches": BRANCHES, "inputs": ["a", "b"], "outputs": ["o"], "lr": 1.0}
    drawn = {"initializer": RandomUniform(2e-5, 1e-4)}
    return PotentiometerNetworkLayer(name="net", **{**given, **drawn, **settings})


def model(**settings: object) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    return Model([x], [CurrentLayer(name="y", fold=False)(layer(**settings)(x))], seed=0)


class TestPotentiometers(DeviceConformance):
    @pytest.fixture
    def layer(self) -> PotentiometerNetworkLayer:
        # Steps by sign go as far as a tap whatever the rate; the suite asks for small ones.
        own = {"inputs": ["a", "b", "c"], "outputs": ["o", "p"], "by_sign": False}
        return layer(branches=[*BRANCHES, ("c", "p")], n_taps=2**20, **own)


def resistances(network: Model) -> np.ndarray:
    return 1 / network.parameters[NAME]


def test_resistances_are_those_of_taps() -> None:
    own = layer()
    # The first tap is the wiper alone, the last one a step below the whole ladder.
    ohms = [40.0, 821.25, 99258.75]
    assert 1 / own.at_tap(np.array([0, 1, 127])) == pytest.approx(ohms, rel=1e-12, abs=0)
    assert own.taps(own.at_tap(np.arange(128))).tolist() == list(range(128))
    assert own.taps(np.array([0.0, -1.0, 1e-300, 1e3])).tolist() == [127, 127, 127, 0]


def test_what_is_drawn_stands_at_taps() -> None:
    taps = (resistances(model()) - WIPER) / STEP
    assert np.abs(taps - np.rint(taps)).max() < 1e-9  # rounding of 1/(1/R)
    assert len(set(np.rint(taps))) > 1


@pytest.mark.parametrize("size", [1e-15, 1.0])
def test_a_wish_of_any_size_moves_one_tap_by_its_sign(size: float) -> None:
    network = model()
    before = resistances(network)
    gradient = np.array([size, -size, 0.0, size, -size])
    optimizers.SGD(network).step({NAME: gradient})
    # A positive gradient asks for less conductance: one tap more of the ladder.
    assert resistances(network) - before == pytest.approx(STEP * np.sign(gradient), abs=1e-6)


def test_the_sign_is_that_of_the_comparison_of_both_states() -> None:
    """The device turns up where its drop is larger clamped than free, and down where smaller."""
    network = model()
    data = DataSet({"x": [[1.0, 0.0]]}, {"y": [[0.9]]})
    before, rule = resistances(network), CoupledLearning(0.5)
    gradients = network.gradients(data, losses.MSE(), rule)
    free = network.operating_points(data.inputs)
    middle = free.predictions()["y"][0, 0]
    current = gradients[NAME]
    held = {"y": [[float(_clamp_current(network, data, 0.5 * (middle + 0.9)))]]}
    clamped = network.operating_points(data.inputs, nudge=held)
    larger = [abs(_drops(clamped, network)[k]) - abs(_drops(free, network)[k]) for k in range(5)]
    assert np.sign(current).tolist() == np.sign(larger).tolist()
    optimizers.SGD(network).step(gradients)
    assert resistances(network) - before == pytest.approx(STEP * np.sign(larger), abs=1e-6)


def _clamp_current(network: Model, data: DataSet, volts: float) -> float:
    """Return the current into the output of a linear network that holds it at a voltage, A."""
    at = [
        network.operating_points(data.inputs, nudge={"y": [[amperes]]}).predictions()["y"][0, 0]
        for amperes in (0.0, 1e-6)
    ]
    return 1e-6 * (volts - at[0]) / (at[1] - at[0])


def _drops(points: object, network: Model) -> np.ndarray:
    array = network.network.compiled.circuit.element_arrays[0]
    voltages = points.node_voltages[0]
    return voltages[array.topology.heads] - voltages[array.topology.tails]


def test_the_ends_of_the_ladder_hold() -> None:
    network = model(initializer=Given(1.01e-5))
    assert resistances(network) == pytest.approx(WIPER + 127 * STEP, abs=0, rel=1e-12)
    optimizers.SGD(network).step({NAME: np.ones(5)})
    assert resistances(network) == pytest.approx(WIPER + 127 * STEP, abs=0, rel=1e-12)


def test_without_sign_a_device_goes_to_the_nearest_tap() -> None:
    network = model(by_sign=False)
    own = layer()
    wished = own.at_tap(np.array([3.4, 60.6, 127.0, 0.0, 20.0]))
    optimizers.SGD(network).step({NAME: network.parameters[NAME] - wished})
    assert own.taps(network.parameters[NAME]).tolist() == [3, 61, 127, 0, 20]
    assert network.parameters[NAME] == pytest.approx(
        own.at_tap(np.array([3, 61, 127, 0, 20])), abs=0, rel=1e-12
    )


def test_bounds_of_the_initializer_leave_out_taps() -> None:
    network = model(initializer=RandomUniform(2e-5, 1e-4, 2e-5, 1e-4))
    own = network.layers["net"]
    first, last = own.tap_range
    assert own.at_tap(np.array([first - 1]))[0] > 1e-4 >= own.at_tap(np.array([first]))[0]
    assert own.at_tap(np.array([last]))[0] >= 2e-5 > own.at_tap(np.array([last + 1]))[0]
    for _ in range(128):
        optimizers.SGD(network).step({NAME: np.array([1.0, -1.0, 1.0, -1.0, 1.0])})
    assert own.taps(network.parameters[NAME]).tolist() == [last, first, last, first, last]


def test_a_bound_at_a_tap_keeps_that_tap() -> None:
    own = layer(n_taps=1024, end_to_end=50e3, wiper=61.3)
    for tap, siemens in enumerate(own.at_tap(np.arange(1024)).tolist()):
        around = {"init_low": siemens, "init_high": siemens}
        above = attrs.evolve(own, initializer=RandomUniform(**around, clip_low=siemens))
        below = attrs.evolve(own, initializer=RandomUniform(**around, clip_high=siemens))
        assert (above.tap_range, below.tap_range) == ((0, tap), (tap, 1023))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_taps": 1}, "n_taps=1"),
        ({"n_taps": 7.5}, "n_taps=7.5"),
        ({"end_to_end": 0.0}, "end_to_end=0.0"),
        ({"wiper": float("nan")}, "wiper=nan"),
        ({"by_sign": "yes"}, "by_sign='yes'"),
        ({"initializer": RandomUniform(1.0, 2.0, 1.0, 2.0)}, "have no tap"),
        # So far beyond the ladder that a tap more no longer changes the resistance.
        ({"initializer": RandomUniform(1e-30, 1e-30, None, 1e-30)}, "have no tap"),
        ({"initializer": RandomUniform(1e-320, 1e-320, None, 1e-320)}, "have no tap"),
    ],
)
def test_settings_that_no_potentiometer_has_are_refused(settings: dict, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        layer(**settings)


@pytest.mark.parametrize("siemens", [1e-7, 1.0])
def test_an_initializer_beside_the_ladder_is_refused(siemens: float) -> None:
    with pytest.raises(EbanaError, match="its potentiometers have"):
        model(initializer=Given(siemens))


def test_a_file_holds_all_settings(tmp_path: Path) -> None:
    network = model(n_taps=64, end_to_end=5e4, wiper=50.0, by_sign=False)
    network.save(tmp_path / "m.h5")
    loaded = Model.load(tmp_path / "m.h5").layers["net"]
    found = loaded.n_taps, loaded.end_to_end, loaded.wiper, loaded.by_sign
    assert found == (64, 5e4, 50.0, False)
