"""EBANA: design, train and study analog neural networks."""

from importlib.metadata import version

from ebana_core.model import Model

__version__ = version("ebana-core")

__all__ = ["Model", "__version__"]
