"""EBANA: design, train and study analog neural networks."""

from importlib.metadata import version

from ebana_core.model import Model

__version__ = "0"

__all__ = ["Model", "__version__"]
