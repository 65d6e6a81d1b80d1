"""The sense layer: outputs that are read, and clamped, through resistances."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import GROUND, Branches, CircuitBuilder, Constant
from ebana_core.circuit.senses import SenseResistors
from ebana_core.errors import ParameterError
from ebana_core.laws import Ohm
from ebana_core.layers.current import CurrentLayer
from ebana_core.validators import number

_RESISTANCE = number("give a finite resistance above 0 ohm", above=0.0, unit="ohm")


@attrs.frozen(kw_only=True, eq=False)
class SenseLayer(CurrentLayer):
    """Outputs whose nodes are read through a resistance each, and clamped through a smaller one.

    Every node has a resistor to a source of its own. While the resistor is open it has
    `sense_resistance`, and the source stands at 0 V: that is the free phase. `DropSquared` closes
    the resistors of some nodes, sample by sample: they then have `clamp_resistance`, and their
    sources stand at the voltages of the clamp. The two nodes of a folded output are clamped each
    on its own. Currents can be injected as into a `CurrentLayer`.

    Args:
        name: See `CurrentLayer`, as for what follows.
        fold: One prediction is the difference of two nodes.
        activation: Shapes what `predict` returns.
        sense_resistance: While open, ohm; more than `clamp_resistance`.
        clamp_resistance: While closed, ohm, above zero. `CoupledLearning` clamps without any.

    Examples:
        >>> SenseLayer(name="y", fold=False, clamp_resistance=50.0).output_shape([(3,)])
        (3,)
    """

    device = "sense"
    sense_resistance: float = attrs.field(default=1e9, validator=_RESISTANCE)
    clamp_resistance: float = attrs.field(default=10.0, validator=_RESISTANCE)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not self.clamp_resistance < self.sense_resistance:
            raise ParameterError(
                f"Layer {self.name!r} has clamp_resistance={self.clamp_resistance!r} and "
                f"sense_resistance={self.sense_resistance!r}.",
                "give a sense resistance (ohm) above the clamp resistance",
            )

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = super().build(builder, inputs)
        builder.add(
            SenseResistors(
                name=f"{self.name}__sense",
                layer=self.name,
                topology=Branches(nodes, np.full(len(nodes), GROUND)),
                law=Ohm(),
                values={"conductance": Constant(np.array(1 / self.sense_resistance))},
                clamp_resistance=float(self.clamp_resistance),
            )
        )
        return nodes
