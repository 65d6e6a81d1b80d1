"""The estimators of scikit-learn: its own checks, its tools, copies, and networks of one's own."""

import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ebana_core import Model, builtins, standard
from ebana_core.backends import NativeBackend
from ebana_core.errors import (
    DataError,
    EbanaError,
    MissingLibraryError,
    ModelError,
    ParameterError,
    UnknownDeviceError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import ConcatenateLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE
from ebana_core.registry import load_registry
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.sklearn import AnalogClassifier, AnalogRegressor
from ebana_core.sklearn.volts import VoltScale

FLOWERS = load_iris()
X, Y = FLOWERS.data, FLOWERS.target_names[FLOWERS.target]

CHECKS = """
import json, warnings
warnings.simplefilter("ignore")  # the checks try what is deprecated, too
from sklearn.utils.estimator_checks import check_estimator
from ebana_core.sklearn import AnalogClassifier, AnalogRegressor
for estimator in (AnalogClassifier(epochs=3), AnalogRegressor(epochs=5)):
    done = check_estimator(estimator, on_fail=None)
    told = [[item["check_name"], item["status"], str(item["exception"])] for item in done]
    print(json.dumps(told))
"""


def test_all_checks_of_scikit_learn_pass() -> None:
    """In a process of its own: some of them run only where SCIPY_ARRAY_API was set at import."""
    done = subprocess.run(
        [sys.executable, "-c", CHECKS],
        capture_output=True,
        text=True,
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    of_each = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(of_each) == 2
    for results in of_each:
        assert len(results) > 40
        assert not [item for item in results if item[1] != "passed"]


@pytest.fixture(scope="module")
def trained() -> AnalogClassifier:
    return AnalogClassifier(epochs=30, random_state=0).fit(X, Y)


def test_irises_are_told_apart(trained: AnalogClassifier) -> None:
    assert trained.score(X, Y) >= 0.95
    assert list(trained.classes_) == ["setosa", "versicolor", "virginica"]
    assert trained.loss_curve_[-1] < trained.loss_curve_[0]
    # The highest voltage, the likeliest class and the prediction are one.
    volts = trained.decision_function(X)
    assert (volts.argmax(axis=1) == trained.predict_proba(X).argmax(axis=1)).all()
    assert volts.shape == (150, 3)


def test_the_trained_model_solves_to_the_same_voltages(trained: AnalogClassifier) -> None:
    assert isinstance(trained.model_, Model)
    volts = (2 * (X - X.min(axis=0)) / np.ptp(X, axis=0) - 1) * np.sqrt(4)
    points = trained.model_.operating_points({"xp": volts, "xn": -volts})
    assert points.residual <= 1e-12
    # The same circuit from features scaled in another order of operations.
    assert points.predictions()["y"] == pytest.approx(trained.decision_function(X), abs=1e-12)


def test_a_regressor_learns_a_bent_function_of_two_targets() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 5, (200, 2))
    y = np.stack([np.abs(x[:, 0] - 1), 1e3 * x[:, 1] - 40], axis=1)
    found = AnalogRegressor(epochs=60, random_state=0).fit(x, y)
    assert found.predict(x).shape == y.shape
    assert found.score(x, y) >= 0.95  # a line through the first target reaches 0.5 all in all


COPIES: dict[str, Any] = {
    "pickle": lambda estimator, path: pickle.loads(pickle.dumps(estimator)),
    "copy": lambda estimator, path: copy.copy(estimator),
    "deepcopy": lambda estimator, path: copy.deepcopy(estimator),
    "joblib": lambda estimator, path: _dumped(estimator, path / "estimator.joblib"),
    "twice": lambda estimator, path: copy.copy(copy.copy(estimator)),
}


def _dumped(estimator: AnalogClassifier, path: Path) -> Any:
    joblib.dump(estimator, path)
    return joblib.load(path)


@pytest.mark.parametrize("way", list(COPIES))
def test_copies_predict_the_same_and_own_their_model(
    trained: AnalogClassifier, way: str, tmp_path: Path
) -> None:
    twin = COPIES[way](trained, tmp_path)
    assert (twin.decision_function(X) == trained.decision_function(X)).all()
    before = trained.decision_function(X)
    twin.model_.parameters["d_out.conductance"] = trained.model_.parameters["d_out.conductance"][
        ::-1
    ]
    assert (trained.decision_function(X) == before).all()
    assert (twin.decision_function(X) != before).any()
    # What was changed by hand travels with the next copy.
    third = copy.copy(twin)
    assert (third.decision_function(X) == twin.decision_function(X)).all()


def test_it_works_in_pipelines_searches_and_processes() -> None:
    steps = make_pipeline(StandardScaler(), AnalogClassifier(epochs=30, random_state=0))
    grid = {"analogclassifier__hidden_units": [4, 8]}
    search = GridSearchCV(steps, grid, cv=2, n_jobs=2).fit(X, Y)
    assert search.best_score_ >= 0.9
    again = GridSearchCV(clone(steps), grid, cv=2).fit(X, Y)
    # Two processes and one find the same bits.
    for key in ("split0_test_score", "split1_test_score"):
        assert (search.cv_results_[key] == again.cv_results_[key]).all()
    assert pickle.loads(pickle.dumps(search)).score(X, Y) == search.score(X, Y)


def test_the_state_of_numbers_drawn_makes_a_fit_repeatable() -> None:
    first, second, other = (
        AnalogClassifier(epochs=2, random_state=seed).fit(X, Y).decision_function(X)
        for seed in (1, 1, 2)
    )
    assert (first == second).all()
    assert (first != other).any()


def linear(n_features: int, n_outputs: int, seed: int) -> Model:
    x = InputVoltageLayer(units=n_features, name="x")
    initializer = RandomUniform(1e-6, 1e-5, 1e-8, 1e-4)
    dense = DenseLayer(units=2 * n_outputs, name="d", lr=1e-6, initializer=initializer)(x)
    return Model([x], [CurrentLayer(name="out")(dense)], seed=seed)


def test_a_network_of_ones_own_is_trained() -> None:
    own = AnalogClassifier(build=linear, epochs=30, random_state=0, rule=Adjoint(), loss=MSE())
    assert own.fit(X, Y).score(X, Y) >= 0.8
    assert set(own.model_.parameters) == {"d.conductance"}
    assert isinstance(own.rule_, Adjoint)
    twin = pickle.loads(pickle.dumps(own))
    assert (twin.predict(X) == own.predict(X)).all()
    # Clones know the settings and nothing that was learned.
    with pytest.raises(NotFittedError):
        _ = clone(own).model_


def test_beta_is_suggested_or_given(trained: AnalogClassifier) -> None:
    assert isinstance(trained.rule_, EquilibriumPropagation)
    assert 1e-10 < trained.rule_.beta < 1e-6  # some thousandth of conductances of microsiemens
    given = AnalogClassifier(epochs=1, beta=3e-9).fit(X, Y)
    assert given.rule_.beta == 3e-9


def without_rates(n_features: int, n_outputs: int, seed: int, lr: float | None = None) -> Model:
    x, initializer = InputVoltageLayer(units=n_features, name="x"), RandomUniform(1e-6, 1e-5)
    dense = DenseLayer(units=2 * n_outputs, name="d", initializer=initializer, lr=lr)(x)
    return Model([x], [CurrentLayer(name="y")(dense)], seed=seed)


def unlearning(n_features: int, n_outputs: int, seed: int) -> Model:
    return without_rates(n_features, n_outputs, seed, lr=0.0)


def two_outputs(n_features: int, n_outputs: int, seed: int) -> Model:
    x = InputVoltageLayer(units=n_features, name="x")
    initializer = RandomUniform(1e-6, 1e-5)
    ends = [
        CurrentLayer(name=f"y{k}")(
            DenseLayer(units=2, name=f"d{k}", lr=1e-7, initializer=initializer)(x)
        )
        for k in range(2)
    ]
    return Model([x], ends, seed=seed)


def three_inputs(n_features: int, n_outputs: int, seed: int) -> Model:
    sources = [InputVoltageLayer(units=n_features, name=f"x{k}") for k in range(3)]
    joined = ConcatenateLayer(name="j")(sources)
    initializer = RandomUniform(1e-6, 1e-5)
    dense = DenseLayer(units=2, name="d", lr=1e-7, initializer=initializer)(joined)
    return Model(sources, [CurrentLayer(name="y")(dense)], seed=seed)


WRONG: list[tuple[dict[str, Any], type[EbanaError], str]] = [
    ({"hidden_units": 0}, ParameterError, "hidden_units"),
    ({"build": "mine"}, ParameterError, "build is 'mine'"),
    ({"epochs": 1.5}, ParameterError, "epochs"),
    ({"batch_size": "many"}, ParameterError, "batch_size"),
    ({"learning_rate": -1.0}, ParameterError, "learning_rate"),
    ({"voltage": float("nan")}, ParameterError, "voltage"),
    ({"beta": 0.0}, EbanaError, "beta"),
    ({"rule": "ep"}, ParameterError, "rule"),
    ({"loss": "mze"}, EbanaError, "No loss 'mze'"),
    ({"backend": "spice"}, EbanaError, "spice"),
    ({"build": lambda n, m, seed: None}, ModelError, "build returned a NoneType"),
    ({"build": without_rates}, ParameterError, r"'d.conductance'.*no learning rate is given"),
    ({"build": unlearning}, ModelError, r"learning rates of \['d.conductance'\] are 0"),
    ({"build": two_outputs}, ModelError, r"outputs \['y0', 'y1'\]"),
    ({"build": three_inputs}, ModelError, "input layers"),
]


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    WRONG,
    ids=[f"{k}-{next(iter(settings))}" for k, (settings, *_) in enumerate(WRONG)],
)
def test_wrong_settings_are_named_and_leave_the_estimator_as_it_was(
    trained: AnalogClassifier, settings: dict[str, Any], error: type[EbanaError], told: str
) -> None:
    own = copy.copy(trained)
    before = own.decision_function(X)
    own.set_params(**settings)
    with pytest.raises(error, match=told):
        own.fit(X[:, :2], Y[::-1])
    own.set_params(**{name: getattr(trained, name) for name in settings})
    assert (own.decision_function(X) == before).all()


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="one class"):
        AnalogClassifier().fit(X, ["setosa"] * 150)


def test_a_scale_is_undone_and_a_column_of_one_value_is_nothing() -> None:
    columns = np.array([[1.0, -1e308, 7.0], [3.0, 1e308, 7.0], [2.0, 0.0, 7.0]])
    scale = VoltScale.of(columns, 2.0)
    assert (scale.to_volts(columns) == [[-2, -2, 0], [2, 2, 0], [0, 0, 0]]).all()
    assert (scale.from_volts(scale.to_volts(columns)) == columns).all()
    other = columns + np.array([0, 0, 1e9])
    assert (scale.to_volts(other)[:, 2] == 0).all()  # nothing was learned of it
    assert (scale.from_volts(np.full((1, 3), 0.3))[:, 2] == 7).all()


@pytest.mark.parametrize(
    "backend",
    [NativeBackend(method="dense_schur"), pytest.param("ngspice", marks=pytest.mark.ngspice)],
    ids=["dense_schur", "ngspice"],
)
def test_any_backend_trains_to_the_same_voltages(backend: Any) -> None:
    own, default = (
        AnalogClassifier(epochs=2, random_state=0, backend=item).fit(X, Y)
        for item in (backend, "native")
    )
    # Ten updates from gradients that agree to 1e-7 or better; voltages of a volt.
    difference = own.decision_function(X) - default.decision_function(X)
    assert np.abs(difference).max() <= 1e-7


def test_without_diodes_the_default_network_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_core = load_registry({"core": builtins})
    monkeypatch.setattr(standard, "load_registry", lambda: only_core)
    with pytest.raises(UnknownDeviceError) as caught:
        AnalogClassifier().fit(X, Y)
    assert "pip install ebana-diode-mos" in caught.value.fix
    AnalogClassifier(build=linear, epochs=1).fit(X, Y)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ebana_core.sklearn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn.utils.validation", None)
    with pytest.raises(MissingLibraryError) as caught:
        import ebana_core.sklearn  # noqa: F401
    assert "pip install ebana-core[sklearn]" in caught.value.fix
