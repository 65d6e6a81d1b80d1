"""Circuits as modules of PyTorch; the extra ``[torch]`` brings it."""

from ebana_core.errors import MissingLibraryError

try:
    import torch  # noqa: F401 (whether it is there)
except ImportError as error:
    raise MissingLibraryError(
        "ebana_core.torch needs PyTorch, which is not installed.", "pip install ebana-core[torch]"
    ) from error

from ebana_core.torch.circuit import Circuit
from ebana_core.torch.linear import DifferentialConductances, from_linear, to_linear

__all__ = ["Circuit", "DifferentialConductances", "from_linear", "to_linear"]
