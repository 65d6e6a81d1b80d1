"""Calls that a method of a model cannot take, told in words: `ArgumentError`."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any, TypeVar

from ebana_core.errors import ArgumentError, EbanaError

Result = TypeVar("Result")

OTHER_WORDS: Mapping[str, str] = {
    "callback": "write callbacks=[...]",
    "class_weight": "no loss weighs single samples: give those that count more several times over",
    "device": "write backend='native' or backend='ngspice'; a GPU is NativeBackend(device='cuda')",
    "initial_epoch": "give run='name.h5', and resume=True to go on with it",
    "learning_rate": "give lr=... to the layers, S for conductances and Adam",
    "loss": "write loss_fn=...",
    "lr": "give lr=... to the layers, S for conductances and Adam",
    "sample_weight": "no loss weighs single samples: give those that count more several times over",
    "shuffle": "give BatchGenerator(data, batch_size, shuffle=False) in the place of x and y",
    "validation_data": "write test_dataloader=(x, y)",
    "validation_split": "take the last samples out yourself: fit(x[:-n], y[:-n], ..., "
    "test_dataloader=(x[-n:], y[-n:]))",
    "x": "give the samples first, without a name",
    "y": "give the targets behind the samples, once",
}
"""Words for settings in other libraries, and what to write here."""


def called(
    function: Callable[..., Result], given: Sequence[Any], settings: Mapping[str, Any]
) -> Result:
    """Return what a function returns; where the arguments do not fit, say which in words.

    Args:
        function: Takes an object first, which a user does not write.
        given: The object, and what the user gave by place.
        settings: What the user gave by name.

    Raises:
        ArgumentError: An argument is unknown, missing, or given twice.
    """
    try:
        return function(*given, **settings)
    except TypeError as error:
        # Whether the call or the work within failed says the signature alone.
        if isinstance(error, EbanaError) or _fits(function, given, settings):
            raise
        problem, fix = _misfit(function, len(given) - 1, settings)
    raise ArgumentError(problem, fix)


def _fits(function: Callable[..., Any], given: Sequence[Any], settings: Mapping[str, Any]) -> bool:
    try:
        signature(function).bind(*given, **settings)
    except TypeError:
        return False
    return True


def _misfit(
    function: Callable[..., Any], n_given: int, settings: Mapping[str, Any]
) -> tuple[str, str]:
    """Return what is wrong with the arguments of a call, and what to do."""
    name = f"{function.__name__}()"
    own = list(signature(function).parameters.values())[1:]
    known = [item.name for item in own]
    unknown = [word for word in settings if word not in known]
    if unknown:
        return f"{name} has no setting {unknown[0]!r}.", _instead(unknown[0], known)
    by_place = [item.name for item in own if item.kind is not Parameter.KEYWORD_ONLY]
    if n_given > len(by_place):
        return (
            f"{name} takes {len(by_place)} arguments by place, and was given {n_given}.",
            f"give by name: {', '.join(known)}" if known else "leave them out",
        )
    twice = [word for word in by_place[:n_given] if word in settings]
    if twice:
        return (
            f"{name} was given {twice[0]!r} twice, by its place and by its name.",
            f"give it once; by place come {', '.join(by_place)}",
        )
    left = [item for item in own if item.name not in {*by_place[:n_given], *settings}]
    missing = [item.name for item in left if item.default is Parameter.empty]
    return f"{name} was not given {missing[0]!r}.", f"give {missing[0]}=..."


def _instead(word: str, known: Sequence[str]) -> str:
    """Return what to write in place of a setting that there is not."""
    near = get_close_matches(word, known, n=1, cutoff=0.7)
    if near:
        return f"write {near[0]}=..."
    return OTHER_WORDS.get(word) or f"use one of {', '.join(known)}"
