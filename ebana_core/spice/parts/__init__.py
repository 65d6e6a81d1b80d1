"""The elements of a block that are translated: what each adds to currents and slopes."""

from ebana_core.spice.parts.behavioural import CurrentExpressionPart, VoltageExpressionPart
from ebana_core.spice.parts.controlled import (
    AmplifierPart,
    CurrentAmplifierPart,
    TransconductancePart,
    TransresistancePart,
)
from ebana_core.spice.parts.devices import DiodePart, ModelPart, OpaquePart, TransistorPart
from ebana_core.spice.parts.part import Names, Part, Sums, Term, Voltages
from ebana_core.spice.parts.passive import (
    CapacitorPart,
    ChargePart,
    FluxPart,
    InductorPart,
    NegativeResistorPart,
    ResistorPart,
    SeriesPart,
    SmallNegativePart,
    SmallResistorPart,
    StatePart,
)
from ebana_core.spice.parts.sources import AmmeterPart, CurrentPart, SourcePart, followers

__all__ = [
    "AmmeterPart",
    "AmplifierPart",
    "CapacitorPart",
    "ChargePart",
    "CurrentAmplifierPart",
    "CurrentExpressionPart",
    "CurrentPart",
    "DiodePart",
    "FluxPart",
    "InductorPart",
    "ModelPart",
    "Names",
    "NegativeResistorPart",
    "OpaquePart",
    "Part",
    "ResistorPart",
    "SeriesPart",
    "SmallNegativePart",
    "SmallResistorPart",
    "SourcePart",
    "StatePart",
    "Sums",
    "Term",
    "TransconductancePart",
    "TransistorPart",
    "TransresistancePart",
    "VoltageExpressionPart",
    "Voltages",
    "followers",
]
