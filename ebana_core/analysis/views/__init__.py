"""What a designer looks at: changes of a nudge, swings against thresholds, drops along wires."""

from ebana_core.analysis.views.changes import Changes
from ebana_core.analysis.views.swings import NodeVoltages, Swings
from ebana_core.analysis.views.wire_drops import WireDrops, lost_in_wires

__all__ = ["Changes", "NodeVoltages", "Swings", "WireDrops", "lost_in_wires"]
