"""MOS transistors of level 3 by ngspice's own law."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.jets import Jet, either, exponential, larger, root, smaller
from ebana_core.laws.mosfet import Mosfet

SHORT = (0.0631353, 0.8013292, -0.01110777)
"""Coefficients of the body effect of a short channel, level 3 (Dang 1979)."""


@final
@attrs.frozen
class Mosfet3(Mosfet):
    """Level 3, semi-empirical: short and narrow channels, weak inversion, velocity saturation.

    Source:
        ngspice 39, src/spicelib/devices/mos3: mos3load.c, mos3temp.c.
    """

    has_tail = True

    def channel(self, vgs: Jet, vds: Jet, vbs: Jet) -> tuple[Jet, Array]:
        n = self.number
        shaped = self._shaped(vbs)
        gamma = n["gamma"] * self._short(shaped)
        body = gamma / (4 * shaped) + n["narrow"] / n["width"]
        charge = gamma * shaped + n["narrow"] / n["width"] * shaped * shaped
        barrier = n["feedback"] * vds
        threshold = n["built_in"] - barrier + charge
        terms = np.abs(n["built_in"]) + np.abs(barrier.value) + np.abs(charge.value)
        # Below `on` the current falls by e for every `slow` thermal voltages.
        slow = 1 + n["fast_states"] + charge / (2 * shaped * shaped)
        on = threshold + n["thermal"] * slow if n["fast_states"] else threshold
        current = self._strong(larger(vgs, on) - threshold, vds, body)
        below = vgs.value < on.value
        if not n["fast_states"]:
            return either(vgs.value <= on.value, 0 * current, current), terms
        weak = exponential(smaller((vgs - on) / (n["thermal"] * slow), 0.0))
        return either(below, current * weak, current), terms

    def _shaped(self, vbs: Jet) -> Jet:
        """Return the root of the surface potential less the bulk's voltage."""
        phi = self.number["phi"]
        forward = phi**0.5 / (1 + larger(vbs, 0.0) / (2 * phi))
        return either(vbs.value <= 0, root(phi - smaller(vbs, 0.0)), forward)

    def _short(self, shaped: Jet) -> Jet | float:
        """Return how much of the body effect a short channel keeps."""
        n = self.number
        if not n["xj"] or not n["depletion"]:
            return 1.0
        depth = n["depletion"] / n["xj"] * shaped
        side = SHORT[0] + SHORT[1] * depth + SHORT[2] * depth * depth
        share = depth / (1 + depth)
        lateral = n["ld"] / n["xj"]
        bent = (side + lateral) * root(1 - share * share)
        return 1 - n["xj"] / n["length"] * (bent - lateral)

    def _strong(self, over: Jet, vds: Jet, body: Jet) -> Jet:
        """Return the current of a channel that is on, by its overdrive."""
        n = self.number
        drop = over / (1 + body)
        mobile = 1 / (1 + n["theta"] * over)
        saturated = drop
        if n["vmax"]:
            # Where carriers reach their largest velocity, pinch-off comes at a lower drain voltage.
            corner = n["length"] * n["vmax"] / (n["mobility"] * mobile)
            saturated = drop + corner - root(drop * drop + corner * corner)
        reach = smaller(vds, saturated)
        current = n["beta"] * mobile * (over - 0.5 * (1 + body) * reach) * reach
        if not n["vmax"]:
            return self._lengthened(current, self._pinched(vds, saturated))
        drag = 1 / (1 + reach / corner)
        current = current * drag
        if not n["alpha"]:
            return current
        pinched = self._fast(current, drag, corner, vds, saturated)
        return either(vds.value > saturated.value, self._lengthened(current, pinched), current)

    def _pinched(self, vds: Jet, saturated: Jet) -> Jet:
        """Return by how much the drain shortens the channel, m, at low fields."""
        n = self.number
        scale = n["kappa"] * n["alpha"]
        held = either(saturated.value > 0, saturated, 1.0)
        part = vds / held
        square = part * part
        linear = root(scale * held / 8) * square * square
        return either(
            vds.value > saturated.value, root(scale * (vds - saturated + saturated / 8)), linear
        )

    def _fast(self, current: Jet, drag: Jet, corner: Jet, vds: Jet, saturated: Jet) -> Jet:
        """Return the same where the velocity saturates, m."""
        n = self.number
        held = either(current.value > 0, current, 1.0)
        slope = larger(held * (1 - drag) / corner, 1e-12)
        half = 0.5 * n["alpha"] * n["kappa"] / n["length"] * held / slope
        beyond = n["kappa"] * n["alpha"] * larger(vds - saturated, 0.0)
        return root(half * half + beyond) - half

    def _lengthened(self, current: Jet, pinched: Jet) -> Jet:
        """Return the current of a channel that is shorter; it never ends (punch through)."""
        length = self.number["length"]
        is_long = pinched.value > 0.5 * length
        held = either(is_long, pinched, length)
        lost = either(is_long, length - length**2 / 4 / held, pinched)
        return current / (1 - lost / length)
