"""Local rules: their formulas, their way through a model, and functions that misbehave."""

import math
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebana_core import losses, optimizers
from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.errors import DataError, EbanaError, ParameterError, ShapeError, WorkerError
from ebana_core.initializers import Given
from ebana_core.layers import DenseLayer
from ebana_core.rules import (
    EquilibriumPropagation,
    GradFunc,
    Levels,
    LocalRule,
    Measurement,
    Powers,
    ep_abs,
    ep_analog,
    ep_mult,
    ep_quantize,
    ep_sq,
)
from tests.support.circuits import everything
from tests.support.networks import samples, soft_model

RULES: list[LocalRule] = [ep_sq, ep_mult, ep_abs, ep_analog, ep_quantize]
BETA = 1e-7

CHANGES = st.builds(math.copysign, st.floats(1e-3, 1), st.sampled_from([-1, 1]))
# Rules bend at zero, at 0.05 V and at 0.2 V.
SMOOTH = st.one_of(st.floats(1e-3, 0.049), st.floats(0.051, 0.199), st.floats(0.201, 1))
DROPS = st.builds(math.copysign, SMOOTH, st.sampled_from([-1, 1]))
F, N = np.array([[0.3, -0.3, 0.1, -0.01, 0.05]]), np.array([[0.5, 0.1, 0.1, 0.04, -0.3]])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ep_sq, (N**2 - F**2) / 2),
        (ep_mult, F * (N - F)),
        (ep_abs, (np.abs(N) - np.abs(F)) / 2),
        (ep_analog, (np.abs(N) ** 2.8 - np.abs(F) ** 2.8) / 2),
        (ep_quantize, np.array([[0.6, -0.6, 0.2, 0.0, 0.2]]) * (N - F) / 2),
        (Powers(2), (N**2 - F**2) / 2),
        (Levels(steps=(0.0,), factors=(-1, 1)), np.where(F < 0, -1, 1) * (N - F) / 2),
    ],
    ids=repr,
)
def test_formulas(rule: LocalRule, expected: Array) -> None:
    assert rule(F, N) == pytest.approx(expected, rel=1e-14, abs=1e-17)


@pytest.mark.parametrize("rule", RULES, ids=repr)
@given(drop=DROPS, change=CHANGES)
def test_tiny_changes_keep_their_digits(rule: LocalRule, drop: float, change: float) -> None:
    scale = 1e-13
    tiny, small = (
        rule.contrast(np.array([drop]), np.array([change * s])) / s for s in (scale, 1e-6)
    )
    # The derivative along the change. At 1e-6 the second one of the steepest rule, below 4/V**2,
    # adds a part of at most 1e-6*4/2 V**2; a difference of rounded powers at 1e-13 would add 1e-3.
    assert tiny == pytest.approx(small, rel=0, abs=3e-6)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_rules_are_values(rule: LocalRule) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert rule == type(rule)()


def gradients(grad_func: GradFunc | None, variant: str = "positive") -> dict[str, Array]:
    settings = {name: {"grad_func": grad_func} for name in ("d0", "d_out")}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    rule = EquilibriumPropagation(BETA, variant)  # type: ignore[arg-type]  # parametrized text
    return model.gradients(samples(model, 1, 300), losses.MSE(), rule)


def test_squares_are_the_default() -> None:
    default = gradients(None)
    for name, gradient in gradients(ep_sq).items():
        assert (gradient == default[name]).all()
    for name, gradient in gradients(lambda f, n: (n**2 - f**2) / 2).items():
        # a difference of rounded squares over beta
        assert gradient == pytest.approx(default[name], abs=1e-7 * np.abs(default[name]).max())


@pytest.mark.parametrize("variant", ["positive", "centered"])
def test_products_are_summed_by_matrices_to_the_same(variant: str) -> None:
    elementwise = gradients(lambda f, n: f * (n - f), variant)
    for name, gradient in gradients(ep_mult, variant).items():
        # a difference of rounded drops over beta
        limit = 1e-7 * np.abs(gradient).max()
        assert gradient == pytest.approx(elementwise[name], abs=limit)


@pytest.mark.parametrize("variant", ["positive", "negative", "centered"])
def test_a_function_gets_the_drops_of_both_phases(variant: str) -> None:
    seen: list[tuple[Array, Array]] = []

    def spy(first: Array, second: Array) -> Array:
        seen.append((first, second))
        return second - first

    settings = {"d_out": {"grad_func": spy}}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    data, loss = samples(model, 1), losses.MSE()
    rule = EquilibriumPropagation(BETA, variant)  # type: ignore[arg-type]  # parametrized text
    found = model.gradients(data, loss, rule)["d_out.conductance"]
    free = model.operating_points(data.inputs)
    assert data.outputs is not None
    nudge = {"y": -BETA * (free.predictions()["y"] - data.outputs["y"])}
    phases = {"free": free}
    for name, sign in (("plus", 1), ("minus", -1)):
        moved = {"y": sign * nudge["y"]}
        phases[name] = model.operating_points(data.inputs, nudge=moved)
    before, after, width = {
        "positive": ("free", "plus", BETA),
        "negative": ("free", "minus", -BETA),
        "centered": ("minus", "plus", 2 * BETA),
    }[variant]
    (first, second), *rest = seen
    assert not rest
    for drops, phase in ((first, before), (second, after)):
        points = phases[phase]
        expected = points.at("amp0")[:, :, None] - points.at("d_out")[:, None, :]
        assert drops == pytest.approx(expected, rel=1e-12, abs=0)
    assert found == pytest.approx((second - first).mean(axis=0) / width, rel=1e-12, abs=0)


def test_shared_values_hand_over_the_drops_of_their_branches() -> None:
    bench = everything()
    shapes = []

    def spy(first: Array, second: Array) -> Array:
        shapes.append(first.shape)
        return (second - first) * first

    wanted = {"mesh.conductance": spy, "pair.IS": spy, "d1.conductance": ep_mult}
    rule = EquilibriumPropagation(1e-8)
    with pytest.warns(UserWarning, match="not reciprocal"):
        rule.check(bench.compiled, bench.parameters)
    result = rule.run(bench.simulator, bench.compiled, bench.parameters, bench.samples, wanted)
    assert shapes == [(5, 3), (5,)]
    assert result.gradient_sums["pair.IS"].shape == ()


@pytest.mark.parametrize(
    ("misbehaves", "error", "message"),
    [
        (
            lambda f, n: (n - f).sum(axis=0),
            ShapeError,
            r"'d_out.conductance' returned shape \(4, 4\)",
        ),
        (
            lambda f, n: (n - f) * np.nan,
            DataError,
            r"'d_out.conductance' returned a value that is not",
        ),
        (lambda f, n: None, ShapeError, r"'d_out.conductance' returned shape \(\)"),
    ],
)
def test_a_misbehaving_function_is_named(
    misbehaves: GradFunc, error: type[EbanaError], message: str
) -> None:
    settings = {"d_out": {"grad_func": misbehaves, "lr": 1e-7}}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    before = model.parameters.snapshot()
    with pytest.raises(error, match=message):
        model.gradients(samples(model, 1), losses.MSE(), EquilibriumPropagation(BETA))
    assert all((model.parameters[name] == value).all() for name, value in before.items())


def test_a_function_that_workers_cannot_get_is_named() -> None:
    settings = {"d_out": {"grad_func": lambda f, n: n - f}}
    model = soft_model((2, 3, 2), (2.5,), seed=1, trainable=settings)
    data, rule = samples(model, 1), EquilibriumPropagation(BETA)
    expected = r"the grad_func of parameter 'd_out\.conductance'"
    with ProcessPoolExecutor(1) as pool, pytest.raises(WorkerError, match=expected):
        model.gradients(data, losses.MSE(), rule, executor=pool)


@pytest.mark.parametrize("name", ["grad_func", "weight_update_func"])
def test_functions_of_layers_are_checked_at_once(name: str) -> None:
    settings = {"units": 2, "name": "d", "initializer": Given(1e-6)}
    with pytest.raises(ParameterError, match=f"'d' has {name}=.*nothing to train"):
        DenseLayer(**settings, trainable=False, **{name: ep_mult})  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=f"'d' has {name}=3, which cannot be called"):
        DenseLayer(**settings, **{name: 3})  # type: ignore[arg-type]


def test_values_without_drops_take_no_local_rule_and_no_measurement() -> None:
    bench = everything()
    rule = EquilibriumPropagation(1e-8)
    arguments = (bench.simulator, bench.compiled, bench.parameters, bench.samples)
    with pytest.raises(ParameterError, match=r"'amp\.gain' is not a value of branches"):
        rule.run(*arguments, {"amp.gain": ep_mult})
    noisy = EquilibriumPropagation(1e-8, measurement=Measurement(noise=1e-6))
    with pytest.raises(ParameterError, match=r"'amp\.gain' is not a value of branches"):
        noisy.run(*arguments, {"amp.gain": None})


@pytest.mark.parametrize(
    "settings", [{"factors": (1.0,)}, {"steps": (0.2, 0.1, 0.3, 0.4)}, {"factors": (np.nan,) * 5}]
)
def test_levels_must_fit(settings: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ParameterError, match="Levels has"):
        Levels(**settings)


def test_the_weight_update_comes_before_the_device_which_has_the_last_word() -> None:
    asked: list[tuple[Array, Array]] = []

    def sign_only(values: Array, change: Array) -> Array:
        asked.append((values, change))
        return values + 1e-6 * np.sign(change) + 1.0 * (values == values.max())

    settings = {"d_out": {"weight_update_func": sign_only, "lr": 1.0}}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    before, name = model.parameters["d_out.conductance"], "d_out.conductance"
    gradient = np.where(np.arange(16).reshape(4, 4) % 2, 1.0, -1.0) * 1e-7
    model.trainable["d0"] = False
    optimizers.SGD(model).step({name: gradient})
    ((values, change),) = asked
    assert (values == before).all()
    assert change == pytest.approx(-gradient, rel=1e-12, abs=0)
    expected = np.where(
        before == before.max(),
        1.5 * before,
        before + np.clip(-1e-6 * np.sign(gradient), -before / 2, before / 2),
    )
    assert model.parameters[name] == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("result", "error"), [(np.zeros(3), ShapeError), (np.full((4, 4), np.inf), DataError)]
)
def test_a_weight_update_that_misbehaves_is_named(result: Array, error: type[EbanaError]) -> None:
    settings = {"d_out": {"weight_update_func": lambda v, c: result}}
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable=settings)
    before = model.parameters.snapshot()
    zeros = {name: np.zeros_like(before[name]) for name in model.trainable_parameters()}
    with pytest.raises(error, match=r"weight_update_func of 'd_out\.conductance'"):
        optimizers.SGD(model).step(zeros)
    assert all((model.parameters[name] == value).all() for name, value in before.items())


def test_a_layer_of_its_own_rule_learns() -> None:
    data = DataSet({"x": [[-1, -1], [-1, 1], [1, -1], [1, 1]]}, {"y": [[0], [0.1], [0.2], [0.3]]})
    settings = {n: {"grad_func": ep_quantize, "lr": 2e-7} for n in ("d0", "d_out")}
    model = soft_model((2, 6, 2), (2.5,), seed=2, trainable=settings)
    optimizer, rule = optimizers.Adam(model), EquilibriumPropagation(BETA, "centered")
    before = model.evaluate(data, losses.MSE()).loss
    for _ in range(30):
        optimizer.step(model.gradients(data, losses.MSE(), rule))
    assert model.evaluate(data, losses.MSE()).loss < before / 2
