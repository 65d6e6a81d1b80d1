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


def _draw_picture(*given: Any) -> Any:
    from ebana_core.pictures import draw_picture

    return draw_picture(*given)


def _write_report(*given: Any) -> Any:
    from ebana_core.pictures import write_report

    return write_report(*given)


# Two methods of layers take a simulator, and simulators stand above the layers; two of runs draw,
# and pictures stand above the runs. Whatever part of the package is imported, this file runs first.
hand_in(
    plot_curves=_plot_curves,
    check_block=_check_block,
    draw_picture=_draw_picture,
    write_report=_write_report,
)
