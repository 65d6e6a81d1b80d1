"""Networks in time: how they settle, how long that takes, what energy."""

from ebana_core.analysis.transient.result import Transient
from ebana_core.analysis.transient.settling import transient

__all__ = ["Transient", "transient"]
