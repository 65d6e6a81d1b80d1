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
class SwitchedCurrent:
    """``I`` of a transient: draws what straight lines between `corners` (s, A) say."""

    name: str
    head: str
    tail: str
    corners: tuple[tuple[float, float], ...]


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
class Transconductance:
    """``G``: draws `gain`, siemens, times the control voltage from head to tail."""

    name: str
    head: str
    tail: str
    control_head: str
    control_tail: str
    gain: float


@attrs.frozen
class Transresistance:
    """``H``: output voltage = `gain`, ohms, times the current into the head of `meter`."""

    name: str
    head: str
    tail: str
    meter: str
    gain: float


@attrs.frozen
class BehaviouralSource:
    """``B``: a current or a voltage, by an expression of several voltages.

    Args:
        kind: ``"i"`` or ``"v"``.
        text: The expression; with `numbers`, a template whose fields stand for them.
        nodes: Those that it names, beside head and tail.
        numbers: Field name to number. ngspice cannot alter them: a change reloads the netlist.
    """

    name: str
    head: str
    tail: str
    kind: str
    text: str
    nodes: tuple[str, ...] = ()
    numbers: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen
class Capacitor:
    """``C``: `capacitance` in farads; no current at DC; at the begin of a transient `initial` V."""

    name: str
    head: str
    tail: str
    capacitance: float
    initial: float | None = None


@attrs.frozen
class Inductor:
    """``L``: `inductance` in henries; no voltage at DC."""

    name: str
    head: str
    tail: str
    inductance: float


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
    """``D``: conducts from `anode` to `cathode`; `temperature` in kelvin, `settings` behind.

    `resistance`, ohms, is what the RS of its model comes to at its size and temperature.
    """

    name: str
    anode: str
    cathode: str
    model: ModelCard
    temperature: float
    settings: tuple[tuple[str, float], ...] = ()
    resistance: float = 0.0


@attrs.frozen
class Mosfet:
    """``M``: `width` and `length` in metres, `temperature` in kelvin, `settings` behind."""

    name: str
    drain: str
    gate: str
    source: str
    bulk: str
    model: ModelCard
    width: float
    length: float
    temperature: float
    settings: tuple[tuple[str, float], ...] = ()


@attrs.frozen
class ModelDevice:
    """Any other device of a model: its nodes, then the model, then `settings`."""

    name: str
    nodes: tuple[str, ...]
    model: ModelCard
    settings: tuple[tuple[str, float], ...] = ()


Element = (
    Resistor
    | VoltageSource
    | CurrentSource
    | SwitchedCurrent
    | VoltageAmplifier
    | CurrentAmplifier
    | BehaviouralCurrent
    | Transconductance
    | Transresistance
    | BehaviouralSource
    | Capacitor
    | Inductor
    | IdealDiode
    | JunctionDiode
    | Mosfet
    | ModelDevice
)
