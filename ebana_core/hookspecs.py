"""The whole contract of a plugin: hooks that provide something and hooks that watch runs.

A plugin is a module behind an entry point of group ``ebana``; its functions marked with
`hookimpl` are found by name. Plugins are code: installing one is trusting it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from ebana_core.backends import Backend
    from ebana_core.commands import Command
    from ebana_core.experiments import Experiment
    from ebana_core.initializers import Initializer
    from ebana_core.layers import Layer
    from ebana_core.losses import Loss
    from ebana_core.model import Model
    from ebana_core.optimizers import Optimizer
    from ebana_core.rules import LearningRule
    from ebana_core.storage.record import EpochRecord
    from ebana_core.training.history import Fit

GROUP = "ebana"
"""Entry-point group, and the project name of the hooks."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def ebana_devices() -> "Sequence[type[Layer]]":
    """Provide layer classes, each with a `device` name that no other plugin uses.

    Called once per registry. An exception, or a call for an exit, leaves the plugin out and names
    it where it is missed.
    """
    raise NotImplementedError


@hookspec
def ebana_backends() -> "Sequence[type[Backend]]":
    """Provide backend classes, each with a `name` that no other plugin uses.

    Called once per registry. An exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_settings() -> Sequence[type[Any]]:
    """Provide attrs classes that layers take as settings, so that files can name them.

    A run or model file writes such a setting by the name of its class, which no other plugin
    uses, and its fields, which are plain data or settings again; loading calls the class with
    them. Called once per registry. An exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_initializers() -> "Sequence[type[Initializer]]":
    """Provide initializers, attrs classes that files name as those of `ebana_settings`.

    Called once per registry. An exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_rules() -> "Sequence[type[LearningRule]]":
    """Provide learning rules, attrs classes that run files name with their fields.

    A run that was trained with one tells its plugin and version, and `Model.trained_with` makes
    it again. Called once per registry. An exception leaves the plugin out, as that of
    `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_losses() -> "Sequence[type[Loss]]":
    """Provide losses, attrs classes that run files name with their fields, as rules.

    Called once per registry. An exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_optimizers() -> "Sequence[type[Optimizer]]":
    """Provide optimizers, classes that run files name with their public attributes.

    Each takes the model, and these attributes by their names. Called once per registry. An
    exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_experiments() -> "Sequence[Experiment]":
    """Provide experiments of papers, objects with a `name` that no other plugin uses.

    Called once per registry, and so often: build and read nothing here. An exception leaves the
    plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_commands() -> "Sequence[Command]":
    """Provide commands of the command line ``ebana``, each with a `name` of its own.

    Called once per registry. The code of a command is imported when it is typed, or when help is
    asked for. An exception leaves the plugin out, as that of `ebana_devices`.
    """
    raise NotImplementedError


@hookspec
def ebana_run_started(run: "Fit", model: "Model") -> None:
    """Watch a `fit` begin: all is checked, no epoch has run.

    Called once per `fit`, after its run file is open. The arguments are to be looked at, not
    changed. An exception ends the fit and names the plugin.

    Args:
        run: The fit, without a finished epoch.
        model: What is trained.
    """


@hookspec
def ebana_epoch_finished(run: "Fit", epoch: "EpochRecord") -> None:
    """Watch an epoch once it is safe in the run file and part of `run`.

    Called for every epoch, up to half a second after its end. The arguments are to be looked
    at, not changed. An exception ends the fit and names the plugin; the epoch stays.

    Args:
        run: The fit; `epoch` is one of its last.
        epoch: Scores, times and what the policies of `Metrics` keep of this epoch.
    """
