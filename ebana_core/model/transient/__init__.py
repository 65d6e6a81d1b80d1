"""Networks in time: how they settle, how long that takes, what energy."""

from ebana_core.model.transient.settling import Transient, transient

__all__ = ["Transient", "transient"]
