"""Whatever kind of object stands in the place of an argument, an error of EBANA's own answers.

The methods are found by looking at the public classes; one without a row in `MODEL` or `OTHERS`,
and that is not among those that EBANA itself calls, fails.
"""

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot

from tests.support.given_calls import MODEL, OTHERS
from tests.support.public_api import methods
from tests.support.used_things import Things
from tests.support.wrong_kinds import not_answered

mpl.use("Agg")

CALLED_BY_EBANA = {
    "Backend": ("compile", "trajectory"),
    "Balance": ("power_imbalance",),
    "Callback": (
        "forgives", "on_commit", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
        "on_train_batch_end", "on_train_begin", "on_train_end", "restore", "set_model",
        "set_params",
    ),
    "Cell": ("conductance_of", "scaled", "state_of"),
    "Cells": ("at", "conductance", "place", "reading"),
    "Changes": ("of_nodes",),
    "Circuit": ("checked_layer", "nodes_of", "to_networkx"),
    "ClampingRule": ("way",),
    "ConductiveLayer": ("conductance",),
    "Declaration": ("of_devices",),
    "DeclaredParameter": ("require", "wished"),
    "Drift": ("left",),
    "DropSquared": ("clamps",),
    "Effect": ("after_read", "check_cell", "factor", "is_free", "seen", "settled"),
    "Fit": ("append", "attach", "save"),
    "FreePhaseRule": ("found",),
    "GraphLayer": ("place",),
    "Initializer": ("draw",),
    "Law": (
        "change_rounding", "co_content", "contrast", "current", "current_and_slope",
        "current_change", "near", "pieces", "sensitivity", "slope", "spice", "with_gmin",
    ),
    "Layer": (
        "build", "check_parents", "declarations", "output_shape", "parameter", "program", "read",
    ),
    "LearningRule": ("check", "measured", "run"),
    "LocalRule": ("contrast",),
    "Loss": (
        "accuracy", "check_targets", "clamp", "correct", "displacement", "gradient", "mean",
        "nudge", "right", "value",
    ),
    "MarginLoss": ("cost", "pull"),
    "Measurement": ("generator", "reading", "seen"),
    "MemristorLayer": ("is_free", "played"),
    "NativeBackend": ("compile_on", "compile_whole"),
    "Optimizer": ("check_slots", "direction", "fused", "restore"),
    "PhasedRule": ("check_ports", "compared", "displacing", "weights"),
    "PotentiometerNetworkLayer": ("at_tap", "taps"),
    "PulseResponse": ("checked_step", "step"),
    "Pulses": ("most_at",),
    "Quantity": ("allows", "check", "require"),
    "RandomSubset": ("chosen",),
    "ReadDisturb": ("after_reads",),
    "Runner": ("results",),
    "Samples": ("displacement", "loss_gradients", "loss_gradients_at", "part"),
    "SeveralLayer": ("refused",),
    "ShuntLayer": ("ends",),
    "Simulator": (
        "both_ways", "clamped", "finer", "memory", "operating_points", "prediction_memory",
        "predictions", "simulator_of",
    ),
    "SinhLaw": ("by_state", "prefactor"),
    "Stability": ("joined", "subset"),
    "StanfordModel": ("drive",),
    "Swings": ("of_nodes",),
    "TrainedWith": ("read",),
    "TransistorLayer": ("devices", "transistors"),
    "TransposedRule": ("compared",),
    "ValuedLayer": ("declared",),
    "Wires": ("build",),
}  # fmt: skip
"""Class to the methods that its author writes and EBANA calls, with arguments that it has checked:
the interfaces of plugins, and parts that no page shows."""
INDEXED = ("Recorded.__getitem__",)
"""Indexed as arrays are, whose IndexError ends loops over them."""
CHECKED_BY_SKLEARN = ("AnalogClassifier", "AnalogRegressor")
"""Samples of estimators are refused by scikit-learn, in the words that its own checks expect."""


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("things"))
        yield Things()
    pyplot.close("all")


def others(name: str) -> tuple[type[Exception], ...]:
    """Return which errors a method may raise beside EBANA's own."""
    if name in INDEXED:
        return (IndexError,)
    return (ValueError, TypeError) if name.startswith(CHECKED_BY_SKLEARN) else ()


@pytest.mark.parametrize("name", [*MODEL, *OTHERS])
def test_arguments_of_any_kind_are_taken_or_refused(name: str, things: Things) -> None:
    pyplot.close("all")  # of the method before, or of other tests of this process
    function, given = {**MODEL, **OTHERS}[name](things)
    assert not list(not_answered(function, given, others(name)))


def test_every_public_method_is_tried_or_called_by_ebana_alone() -> None:
    called = {f"{cls}.{name}" for cls, names in CALLED_BY_EBANA.items() for name in names}
    tried = {*MODEL, *OTHERS}
    found = set(methods())
    assert not found - tried - called, "give them a row in tests/support/given_calls.py"
    assert not (tried | called) - found, "these are no public methods any more"
    assert not tried & called
