"""SPICE element records: how a law writes itself. The core formats every number and name.

Nodes are given as the netlist's own names, numbers as floats in SI units.
"""

from collections.abc import Mapping

import attrs


@attrs.frozen
class Resistor:
    """``R``: resistance in ohms, not zero."""

    name: str
    head: str
    tail: str
    resistance: float


@attrs.frozen
class VoltageSource:
    """``V``: holds head minus tail at `voltage`, volts."""

    name: str
    head: str
    tail: str
    voltage: float


@attrs.frozen
class CurrentSource:
    """``I``: draws `current`, amperes, from its head and delivers it to its tail."""

    name: str
    head: str
    tail: str
    current: float


@attrs.frozen
class VoltageAmplifier:
    """``E``: output voltage = `gain` times the control voltage."""

    name: str
    head: str
    tail: str
    control_head: str
    control_tail: str
    gain: float


@attrs.frozen
class CurrentAmplifier:
    """``F``: draws `gain` times the current into the head of voltage source `meter`."""

    name: str
    head: str
    tail: str
    meter: str
    gain: float


@attrs.frozen
class BehaviouralCurrent:
    """``B``: draws the current that `expression` gives from head to tail.

    Args:
        expression: Template. ``{drop}`` stands for head minus tail, other fields for `numbers`.
        numbers: Field name to number. ngspice cannot alter them: a change reloads the netlist.
    """

    name: str
    head: str
    tail: str
    expression: str
    numbers: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen
class IdealDiode:
    """A ``B`` source whose drop is 0 V while it conducts, and whose current is 0 A else."""

    name: str
    anode: str
    cathode: str


@attrs.frozen
class ModelCard:
    """``.model``: a device model of SPICE type `type` ("d", "nmos", "pmos").

    A card from a file is given by `name` and `path` instead of `numbers`, which are pairs of
    key and value.
    """

    type: str
    numbers: tuple[tuple[str, float], ...] = ()
    name: str | None = None
    path: str | None = None


@attrs.frozen
class JunctionDiode:
    """``D``: conducts from `anode` to `cathode`; `temperature` in kelvin."""

    name: str
    anode: str
    cathode: str
    model: ModelCard
    temperature: float


@attrs.frozen
class Mosfet:
    """``M``: `width` and `length` in metres, `temperature` in kelvin."""

    name: str
    drain: str
    gate: str
    source: str
    bulk: str
    model: ModelCard
    width: float
    length: float
    temperature: float


Element = (
    Resistor
    | VoltageSource
    | CurrentSource
    | VoltageAmplifier
    | CurrentAmplifier
    | BehaviouralCurrent
    | IdealDiode
    | JunctionDiode
    | Mosfet
)
