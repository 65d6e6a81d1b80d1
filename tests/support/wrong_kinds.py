"""Twelve kinds of objects that stand in the place of a setting, and how each is answered."""

import math
import re
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ebana_core.checking import shown
from ebana_core.errors import EbanaError
from tests.support.public_api import defaults_of

KINDS: Mapping[str, Any] = {
    "None": None,
    "text": "no",
    "bytes": b"no",
    "a negative number": -3,
    "nan": math.nan,
    "a mixed list": [1, "a", None],
    "a mapping": {"a": 1},
    "a set": {1},
    "an object": object(),
    "an array of objects": np.array([object(), None], dtype=object),
    "a complex number": 1j,
    "a function": lambda: 0,
}

WORDS: Mapping[str, tuple[str, ...]] = {
    "dataset": ("The data set", "input", "inputs"),
    "element": ("record",),
    "index": ("epoch",),
    "inputs": ("input", "columns", "called on", "data set"),
    "is_trainable": ("trainable",),
    "loss_fn": ("loss",),
    "model": ("SPICE file",),
    "n_features": ("inputs", "columns"),
    "n_outputs": ("outputs", "classes"),
    "name": ("parameter", "measure", "phase", "record"),
    "output": ("record", "layer"),
    "outputs": ("output", "classes"),
    "param": ("word",),
    "paths": ("file",),
    "phase": ("record",),
    "place": ("record",),
    "policy": ("save_parameters",),
    "prediction": ("predictions",),
    "schedule": ("lr",),
    "strengths": ("beta",),
    "subcircuit_name": ("subcircuit",),
    "target": ("targets",),
    "threshold": ("VTH",),
    "train_dataloader": ("input",),
    "values": ("parameter", "value"),
    "x": ("input",),
}
"""Setting to what errors call it where its own name would be no plainer: ``No parameter 'no'``."""
FILES = ("path", "filepath", "filename", "folder", "run")
"""Settings that an error names by the name of the file."""


def not_answered(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    others: tuple[type[Exception], ...] = (),
) -> Iterator[str]:
    """Yield what ends in an error that is not EBANA's own, or that does not say what is wrong.

    Every setting gets every kind in turn. The names of the settings are right, so that Python
    finds nothing wrong with the call itself.

    Args:
        function: A function, method or class.
        given: What it cannot do without.
        others: Errors that are allowed beside EBANA's own.
    """
    function(**given)
    for setting, default in defaults_of(function).items():
        for kind, value in KINDS.items():
            if value is default and setting not in given:
                continue  # as in the call above
            try:
                function(**{**given, setting: value})
            except EbanaError as error:
                if not names(error, setting):
                    yield f"{setting}: {kind}: not named in: {error}"
                if not quotes(error, value):
                    yield f"{setting}: {kind}: not quoted in: {error}"
            except others:
                pass
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                yield f"{setting}: {kind}: {error!r} at {place.filename}:{place.lineno}"


def names(error: EbanaError, setting: str) -> bool:
    """Tell whether an error names a setting."""
    words = "|".join((setting, *WORDS.get(setting, ())))
    return setting in FILES or re.search(rf"\b({words})\b", str(error)) is not None


def quotes(error: EbanaError, value: Any) -> bool:
    """Tell whether an error quotes a value, a part of it, or its shape; None: that there is none.

    A number of Python's may have become a float, and a name a part of a longer one.
    """
    parts = list(value) if isinstance(value, Collection) else []
    wanted = [value, tuple(parts), parts, *parts]
    wanted += [float(item) for item in wanted if type(item) is int]
    said = [shown(item) for item in wanted] + [str(value)]
    if value is None:
        said += ["No ", "no "]
    return any(text in str(error) for text in [*said, "shape", "dtype"])
