"""EBANA: design, train and study analog neural networks."""

from importlib.metadata import version

from ebana_core.model import Model
from ebana_core.storage.run import Run

__version__ = version("ebana-core")

__all__ = ["Model", "Run", "__version__"]
