"""Entry points of plugins, however damaged another distribution is, and errors of strangers."""

import re
import warnings
from collections.abc import Iterable
from importlib.metadata import EntryPoint, distributions, entry_points

from ebana_core import hookspecs


def plugin_entries() -> Iterable[EntryPoint]:
    """Return the entry points of plugins; a distribution that cannot tell its own is left out."""
    try:
        return entry_points(group=hookspecs.GROUP)
    except Exception:  # one damaged file, of whatever distribution, hides all others
        return _one_by_one()


def _one_by_one() -> Iterable[EntryPoint]:
    found: dict[str, list[EntryPoint]] = {}
    for distribution in distributions():
        name = ""
        try:
            name = str(distribution.metadata["name"] or "")
            own = list(distribution.entry_points.select(group=hookspecs.GROUP))
        except Exception as error:
            warnings.warn(
                f"Distribution {name!r} is damaged, and its plugins are left out: its entry points "
                f"cannot be read ({spoken(error)}).",
                stacklevel=2,
            )
            continue
        # The first on the import path counts, as for modules.
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), own)
    return [entry for own in found.values() for entry in own]


def spoken(error: BaseException) -> str:
    """Return a stranger's error in words; one that cannot say what it is has its name."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__
