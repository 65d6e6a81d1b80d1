"""Warnings that point to the line of the user's program which led to them."""

import inspect
import warnings
from types import FrameType


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is not EBANA's own.

    How many of its functions lie between depends on the way: a layer that is built, loaded from a
    file, or made anew by a worker. Where all is EBANA's, as on a worker, the caller is named.

    Args:
        message: What is wrong, and what to do.
        category: Of the warning.
    """
    frame = inspect.currentframe()
    level = 0
    while frame is not None and _is_own(frame):
        frame, level = frame.f_back, level + 1
    # Level 1 is this function, which asks for the warning.
    warnings.warn(message, category, stacklevel=2 if frame is None else level + 1)


def _is_own(frame: FrameType) -> bool:
    """Tell code of EBANA's packages, and what attrs writes for their classes, from a user's."""
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package.startswith("ebana_") or frame.f_code.co_filename.startswith("<attrs generated")
