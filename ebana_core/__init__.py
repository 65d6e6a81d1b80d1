"""EBANA: design, train and study analog neural networks."""

from importlib.metadata import version

from ebana_core.analysis.block_check import check_block
from ebana_core.analysis.curves import plot_curves
from ebana_core.layers import Layer, SpiceBlock
from ebana_core.model import Model
from ebana_core.papers import citations
from ebana_core.standard import crossbar_network
from ebana_core.storage.run import Run

# Two methods of layers take a simulator, and simulators stand above the layers. Whatever part of
# the package is imported, this file runs first.
Layer.curve_plotter = plot_curves
SpiceBlock.checker = check_block

__version__ = version("ebana-core")

__all__ = ["Model", "Run", "__version__", "citations", "crossbar_network"]
