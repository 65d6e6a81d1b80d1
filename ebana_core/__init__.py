"""EBANA: design, train and study analog neural networks."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ebana_core.later import hand_in

if TYPE_CHECKING:
    from ebana_core.model import Model
    from ebana_core.papers import citations
    from ebana_core.standard import crossbar_network
    from ebana_core.storage.run import Run

    __version__: str

__all__ = ["Model", "Run", "__version__", "citations", "crossbar_network"]

_PLACES = {
    "Model": "ebana_core.model",
    "Run": "ebana_core.storage.run",
    "citations": "ebana_core.papers",
    "crossbar_network": "ebana_core.standard",
}
"""What the front door offers, and where it is: a program that reads a run loads no simulator."""


def __getattr__(name: str) -> Any:
    """Return what is asked for the first time; rooms too: ``ebana_core.losses``."""
    if name == "__version__":
        found = import_module("importlib.metadata").version("ebana-core")
    elif name in _PLACES:
        found = vars(import_module(_PLACES[name]))[name]
    elif name.startswith("_") or find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        found = import_module(f"{__name__}.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _plot_curves(*given: Any) -> Any:
    from ebana_core.analysis.curves import plot_curves

    return plot_curves(*given)


def _check_block(*given: Any) -> Any:
    from ebana_core.analysis.block_check import check_block

    return check_block(*given)


# Two methods of layers take a simulator, and simulators stand above the layers. Whatever part of
# the package is imported, this file runs first.
hand_in(plot_curves=_plot_curves, check_block=_check_block)
