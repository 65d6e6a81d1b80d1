"""Device laws: the currents, slopes and co-contents of devices of two or more terminals."""

from ebana_core.laws.constant import ConstantCurrent
from ebana_core.laws.host import HostLaw
from ebana_core.laws.law import Law
from ebana_core.laws.ohm import Ohm

__all__ = ["ConstantCurrent", "HostLaw", "Law", "Ohm"]
