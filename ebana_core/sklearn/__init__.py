"""Estimators of scikit-learn that train an analog network; the extra ``[sklearn]`` brings it."""

from ebana_core.errors import MissingLibraryError

try:
    from sklearn.utils.validation import validate_data  # noqa: F401 (whether it is there)
except ImportError as error:  # missing, or older than the function
    raise MissingLibraryError(
        "ebana_core.sklearn needs scikit-learn 1.6 or newer, which is not installed.",
        "pip install ebana-core[sklearn]",
    ) from error

from ebana_core.sklearn.classifier import AnalogClassifier
from ebana_core.sklearn.networks import HiddenLayerNetwork
from ebana_core.sklearn.regressor import AnalogRegressor

__all__ = ["AnalogClassifier", "AnalogRegressor", "HiddenLayerNetwork"]
