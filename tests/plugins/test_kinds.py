"""Rules, losses, optimizers, initializers, experiments, commands: plugins bring them as devices."""

from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from ebana_core import builtins
from ebana_core.commands import Command
from ebana_core.errors import PluginError, UnknownNameError
from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Given, Initializer
from ebana_core.losses import MSE, Loss
from ebana_core.optimizers import SGD, Optimizer
from ebana_core.registry import PROVIDERS, load_registry
from ebana_core.rules import Adjoint, LearningRule
from tests.support.experiments import experiment


class OwnRule(LearningRule):
    def run(self, *arguments: Any) -> Any:
        raise NotImplementedError


class OwnLoss(Loss):
    def value(self, prediction: Any, target: Any) -> Any:
        return prediction - target

    def gradient(self, prediction: Any, target: Any) -> Any:
        return 1 + 0 * prediction


class OwnOptimizer(Optimizer):
    def direction(self, gradient: Any, slots: Any, step: int) -> Any:
        return gradient, {}


class OwnInitializer(Initializer):
    lower, upper = 0.0, 1.0

    def draw(self, shape: Any, rng: Any) -> Any:
        return rng.uniform(0.1, 0.9, shape)


THINGS: dict[str, Any] = {
    "ebana_rules": OwnRule,
    "ebana_losses": OwnLoss,
    "ebana_optimizers": OwnOptimizer,
    "ebana_initializers": OwnInitializer,
    "ebana_experiments": experiment("own2020.divider"),
    "ebana_commands": Command("own", "json:dumps"),
}


def plugin(hook: str, *things: Any) -> SimpleNamespace:
    def provide() -> list[Any]:
        return list(things)

    return SimpleNamespace(**{hook: hookimpl(provide)})


def named(hook: str) -> str:
    return str(getattr(THINGS[hook], PROVIDERS[hook].key))


@pytest.mark.parametrize("hook", THINGS)
def test_what_a_plugin_provides_is_found_and_listed(hook: str) -> None:
    registry = load_registry({"one": plugin(hook, THINGS[hook])})
    assert registry.find(hook, named(hook)) is THINGS[hook]
    assert registry.plugins[0].provides == {hook: (named(hook),)}
    with pytest.raises(UnknownNameError, match=f"No {PROVIDERS[hook].word} 'none'"):
        registry.find(hook, "none")


@pytest.mark.parametrize("hook", THINGS)
def test_a_name_that_two_plugins_claim_names_both(hook: str) -> None:
    word = PROVIDERS[hook].word
    with pytest.raises(PluginError, match=f"'one' and 'two' both provide {word} '{named(hook)}'"):
        load_registry({name: plugin(hook, THINGS[hook]) for name in ("one", "two")})
    with pytest.raises(PluginError, match=rf"'one' lists .* twice in {hook}"):
        load_registry({"one": plugin(hook, THINGS[hook], THINGS[hook])})


@pytest.mark.parametrize("hook", THINGS)
def test_what_is_of_another_kind_is_refused(hook: str) -> None:
    other = Command if PROVIDERS[hook].are_classes else object()
    with pytest.raises(PluginError, match=f"Plugin 'one' provides .* in {hook}, which"):
        load_registry({"one": plugin(hook, other)})


@pytest.mark.parametrize(("hook", "cls"), [("ebana_rules", LearningRule), ("ebana_losses", Loss)])
def test_a_class_that_leaves_methods_open_is_refused(hook: str, cls: type[Any]) -> None:
    open_class = type("Open", (cls,), {})
    with pytest.raises(PluginError, match=r"Open in .*, which lacks \["):
        load_registry({"one": plugin(hook, open_class)})


def test_built_ins_register_through_every_hook_of_classes() -> None:
    registry = load_registry({"core": builtins})
    assert registry.find("ebana_rules", "Adjoint") is Adjoint
    assert registry.find("ebana_losses", "MSE") is MSE
    assert registry.find("ebana_optimizers", "SGD") is SGD
    assert registry.find("ebana_initializers", "Given") is Given
    assert "runs" in registry.provided["ebana_commands"]


@pytest.mark.parametrize(
    ("hook", "nearest"),
    [
        ("ebana_rule", "ebana_rules"),
        ("ebana_learning_rules", "ebana_rules"),
        ("ebana_optimisers", "ebana_optimizers"),
        ("ebana_loss", "ebana_losses"),
        ("ebana_epoch_started", "ebana_run_started"),
    ],
)
def test_an_unknown_hook_gets_the_nearest_real_one(hook: str, nearest: str) -> None:
    with pytest.raises(PluginError, match=f"'{hook}', which does not exist") as caught:
        load_registry({"one": plugin(hook, OwnRule)})
    assert caught.value.fix.startswith(f"write '{nearest}'")


@pytest.mark.parametrize(
    ("name", "target"), [("Count", "json:dumps"), ("a b", "json:dumps"), ("count", "json.dumps")]
)
def test_a_command_of_another_form_is_refused(name: str, target: str) -> None:
    with pytest.raises(PluginError, match="A command has"):
        Command(name, target)


def test_a_command_that_cannot_be_imported_is_named() -> None:
    for target in ("nothing_of_that_name:run", "json:nothing"):
        with pytest.raises(PluginError, match=f"'count' cannot be loaded from '{target}'"):
            Command("count", target).load()


def test_experiments_cannot_be_changed() -> None:
    found = experiment("own2020.divider")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.name = "other2020.divider"
    with pytest.raises(TypeError):
        found.hyperparameters["epochs"] = 3
