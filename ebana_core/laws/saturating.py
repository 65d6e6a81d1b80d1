"""The amplifier whose output ends at its supplies."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.spice import (
    BehaviouralSource,
    CurrentAmplifier,
    Element,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.laws.terminal_law import TerminalLaw
from ebana_core.laws.terminal_state import TerminalState
from ebana_core.quantities import quantity

IN, OUT, CURRENT = range(3)
"""Terminals: both nodes, against ground, and the current out of the output's node."""


LEAST_GAIN = 1e-12
"""Size of a gain; its inverse is the largest. Stages are weighted by products of squares of gains,
which must stay numbers."""


@final
@attrs.frozen
class SaturatingAmplifier(TerminalLaw):
    """Input and output, both against ground.

    Behind its output resistance the output is at ``shift + gain*(v_in - shift)``, but no further
    than `low` and `high`; the input node loses ``I/gain``, with I the current that leaves the
    output, saturated or not. So it is reciprocal only while no amplifier is at an end.

    The current is an unknown of its own. Divided by the resistance instead, siemens would stand
    beside the microsiemens of a network, whose digits are lost where the two meet: ngspice then
    finds no operating point.

    Values: ``gain``, ``shift`` (V), ``low`` and ``high`` (V), ``resistance`` (ohms).
    """

    values = (
        quantity(
            "gain", "1", least_size=LEAST_GAIN, at_least=-1 / LEAST_GAIN, at_most=1 / LEAST_GAIN
        ),
        quantity("shift", "V", default=0.0),
        quantity("low", "V"),
        quantity("high", "V"),
        quantity("resistance", "ohm", above=0.0),
    )
    n_terminals = 3
    n_outer = 2
    symbol = "amplifier"
    active = "saturation"
    paths = ((OUT, -1), (CURRENT, OUT))

    def at(self, voltages: Array, values: Values) -> TerminalState:
        node, output, current = (voltages[..., k] for k in (IN, OUT, CURRENT))
        gain, shift, resistance = values["gain"], values["shift"], values["resistance"]
        wished = shift + gain * (node - shift)
        amplified = np.clip(wished, values["low"], values["high"])
        missing = output - resistance * current - amplified
        size = np.abs(output) + resistance * np.abs(current) + np.abs(amplified)
        slopes = np.zeros((*voltages.shape, 3))
        slopes[..., IN, CURRENT] = -1 / gain
        slopes[..., OUT, CURRENT] = 1.0
        # An output at its end no longer follows the input.
        slopes[..., CURRENT, IN] = np.where(wished == amplified, -gain, 0.0)
        slopes[..., CURRENT, OUT] = 1.0
        slopes[..., CURRENT, CURRENT] = -resistance
        return TerminalState(
            np.stack([-current / gain, current, missing], axis=-1),
            np.stack([np.abs(current / gain), np.abs(current), size], axis=-1),
            slopes,
        )

    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        node, output, _ = nodes
        amplified, wished, limited = (f"{device}__{n}" for n in ("amplified", "wished", "limited"))
        gain, source = values["gain"], f"b{device}__out"
        text = f"min(max(v({wished}),{{low}}),{{high}})"
        ends = {name: values[name] for name in ("low", "high")}
        return [
            # The resistance is an H source, whose current is an unknown: as a resistor it would
            # bring siemens into the matrix. The source that limits is its meter.
            VoltageAmplifier(f"e{device}", amplified, "0", node, "0", gain),
            VoltageSource(f"v{device}__shift", wished, amplified, values["shift"] * (1 - gain)),
            BehaviouralSource(source, limited, "0", "v", text, (wished,), ends),
            Transresistance(f"h{device}", output, limited, source, values["resistance"]),
            CurrentAmplifier(f"f{device}", node, "0", source, -1 / gain),
        ]

    def vectors(self, device: str) -> Mapping[int, str]:
        return {CURRENT: f"b{device}__out#branch"}
