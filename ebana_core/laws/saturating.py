"""The amplifier whose output ends at its supplies."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws.port_law import PortLaw, PortState
from ebana_core.laws.spice import BehaviouralSource, Element
from ebana_core.quantities import quantity


@final
@attrs.frozen
class SaturatingAmplifier(PortLaw):
    """Input and output, both against ground.

    Behind its output resistance the output is at ``shift + gain*(v_in - shift)``, but no further
    than `low` and `high`; the input node loses ``I/gain``, with I the current that leaves the
    output, saturated or not. So it is reciprocal only while no amplifier is at an end.

    Values: ``gain``, ``shift`` (V), ``low`` and ``high`` (V), ``resistance`` (ohms).
    """

    values = (
        quantity("gain", "1", nonzero=True),
        quantity("shift", "V", default=0.0),
        quantity("low", "V"),
        quantity("high", "V"),
        quantity("resistance", "ohm", above=0.0),
    )
    n_terminals = 2
    n_outer = 2
    active = "saturation"
    paths = ((1, -1),)

    def at(self, voltages: Array, values: Values) -> PortState:
        node, output = voltages[..., 0], voltages[..., 1]
        gain, shift, g = values["gain"], values["shift"], 1 / values["resistance"]
        wished = shift + gain * (node - shift)
        amplified = np.clip(wished, values["low"], values["high"])
        works = np.where(wished == amplified, 1.0, 0.0)
        current = (amplified - output) * g
        size = (np.abs(amplified) + np.abs(output)) * g
        slopes = np.zeros((*voltages.shape, 2))
        slopes[..., 0, 0], slopes[..., 0, 1] = works * g, -g / gain
        slopes[..., 1, 0], slopes[..., 1, 1] = -works * gain * g, g
        return PortState(
            np.stack([current / gain, -current], axis=-1),
            np.stack([size / np.abs(gain), size], axis=-1),
            slopes,
        )

    def spice(
        self, device: str, nodes: Sequence[str], values: Mapping[str, float]
    ) -> Sequence[Element]:
        node, output = nodes
        here, there = ("0" if name == "0" else f"v({name})" for name in nodes)
        wished = f"({{shift}}+{{gain}}*({here}-{{shift}}))"
        amplified = f"min(max({wished},{{low}}),{{high}})"
        current = f"({amplified}-{there})/{{resistance}}"
        return [
            BehaviouralSource(f"b{device}__out", "0", output, "i", current, (node,), values),
            BehaviouralSource(
                f"b{device}__in", node, "0", "i", f"{current}/{{gain}}", (output,), values
            ),
        ]
