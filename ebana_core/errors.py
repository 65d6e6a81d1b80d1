"""The errors of EBANA: each says what is wrong, where, with which value, and what to do.

Every error is an `EbanaError` and also the builtin error a stranger would catch.
"""

from typing import Any, Self


class EbanaError(Exception):
    """A problem that EBANA names, together with a way out.

    Args:
        problem: One sentence that names the object by its path and quotes the value.
        fix: One imperative sentence: what the user can do.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem, fix)
        self.problem = problem
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.problem}\n  fix: {self.fix}"

    def __reduce__(self) -> tuple[type[Self], tuple[str, str], dict[str, Any]]:
        return type(self), (self.problem, self.fix), self.__dict__  # notes are kept there


class ParameterError(EbanaError, ValueError):
    """A setting or a parameter value lies outside what its quantity allows."""


class ArgumentError(EbanaError, TypeError):
    """A method was called with an argument that it does not take, or without one that it needs."""


class NameClashError(EbanaError, ValueError):
    """A name is used twice, or is not safe to write into a netlist or a file."""


class ShapeError(EbanaError, ValueError):
    """An array has the wrong number of dimensions or the wrong width."""


class DataError(EbanaError, ValueError):
    """Samples are missing, misnamed, or not finite."""


class NotFiniteError(DataError):
    """Training met a loss, a prediction or a gradient that is not finite."""


class CircuitError(EbanaError, ValueError):
    """A circuit has no unique operating point as drawn: floating node, loop of sources."""


class ModelError(EbanaError, ValueError):
    """Layers do not form a model: unreachable, shared between models, called twice."""


class PhaseError(EbanaError, ValueError):
    """A learning rule was asked for phases it cannot run, such as a nudge of strength zero."""


class ReciprocityError(EbanaError, ValueError):
    """A stage of the circuit has two weights, so no energy exists and the rule is not exact."""


class ConvergenceError(EbanaError, RuntimeError):
    """A backend found no operating point for some samples."""


class SimulatorError(EbanaError, RuntimeError):
    """A simulator reported a failure, or returned what cannot be an operating point."""


class WorkerError(EbanaError, RuntimeError):
    """A worker of an executor died, or cannot be sent what it needs."""


class NotEnoughMemoryError(EbanaError, MemoryError):
    """A model or a batch needs more memory than there is."""


class UnsupportedError(EbanaError, NotImplementedError):
    """A backend cannot represent an element exactly and refuses it."""


class MissingLibraryError(EbanaError, ImportError):
    """A shared library or an optional package is not installed."""


class UnknownDeviceError(EbanaError, LookupError):
    """No registered device has this name."""


class UnknownNameError(EbanaError, LookupError):
    """No layer, parameter, input or backend has this name."""


class PluginError(EbanaError, ImportError):
    """A plugin cannot be imported, misspells a hook, or claims a name that is taken."""


class StorageError(EbanaError, OSError):
    """A run or state file cannot be read or written."""

    def __str__(self) -> str:
        return EbanaError.__str__(self)


class FormatError(EbanaError, ValueError):
    """A file is not of a format this version of EBANA reads."""
