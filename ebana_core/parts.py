"""What a model hands its calls to, by names whose files are imported when they are first called.

A script that has not built its network yet waits for none of these rooms.
"""

from typing import TYPE_CHECKING

from ebana_core.later import Late

if TYPE_CHECKING:
    from ebana_core.analysis.backpropagation import vjp
    from ebana_core.analysis.diagnosis import diagnose
    from ebana_core.analysis.gradient_check import check_gradient
    from ebana_core.analysis.monte_carlo import monte_carlo
    from ebana_core.analysis.replay import recorded_points
    from ebana_core.analysis.sweep import sweep
    from ebana_core.analysis.transient import transient
    from ebana_core.analysis.views.changes import changes
    from ebana_core.analysis.views.confusion import confusion
    from ebana_core.analysis.views.swings import swings
    from ebana_core.analysis.views.wire_drops import wire_drops
    from ebana_core.execution.netlists import to_networkx, to_pyspice, write_netlist
    from ebana_core.execution.simulated import SimulatedNetwork
    from ebana_core.network.picture import plot
    from ebana_core.network.saving import load, save
    from ebana_core.network.summary import summary
    from ebana_core.schematics.schematic import schematic
    from ebana_core.training.fitter import Fitter
    from ebana_core.training.loading import load_history
else:
    vjp = Late("ebana_core.analysis.backpropagation", "vjp")
    diagnose = Late("ebana_core.analysis.diagnosis", "diagnose")
    check_gradient = Late("ebana_core.analysis.gradient_check", "check_gradient")
    monte_carlo = Late("ebana_core.analysis.monte_carlo", "monte_carlo")
    recorded_points = Late("ebana_core.analysis.replay", "recorded_points")
    sweep = Late("ebana_core.analysis.sweep", "sweep")
    transient = Late("ebana_core.analysis.transient", "transient")
    changes = Late("ebana_core.analysis.views.changes", "changes")
    confusion = Late("ebana_core.analysis.views.confusion", "confusion")
    swings = Late("ebana_core.analysis.views.swings", "swings")
    wire_drops = Late("ebana_core.analysis.views.wire_drops", "wire_drops")
    to_networkx = Late("ebana_core.execution.netlists", "to_networkx")
    to_pyspice = Late("ebana_core.execution.netlists", "to_pyspice")
    write_netlist = Late("ebana_core.execution.netlists", "write_netlist")
    SimulatedNetwork = Late("ebana_core.execution.simulated", "SimulatedNetwork")
    plot = Late("ebana_core.network.picture", "plot")
    load = Late("ebana_core.network.saving", "load")
    save = Late("ebana_core.network.saving", "save")
    summary = Late("ebana_core.network.summary", "summary")
    schematic = Late("ebana_core.schematics.schematic", "schematic")
    Fitter = Late("ebana_core.training.fitter", "Fitter")
    load_history = Late("ebana_core.training.loading", "load_history")

__all__ = [
    "Fitter",
    "SimulatedNetwork",
    "changes",
    "check_gradient",
    "confusion",
    "diagnose",
    "load",
    "load_history",
    "monte_carlo",
    "plot",
    "recorded_points",
    "save",
    "schematic",
    "summary",
    "sweep",
    "swings",
    "to_networkx",
    "to_pyspice",
    "transient",
    "vjp",
    "wire_drops",
    "write_netlist",
]
