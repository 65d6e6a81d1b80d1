"""Shunt layers: one nonlinear device at every node of the input, which itself passes on."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import GROUND, Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.errors import ParameterError
from ebana_core.laws import Law
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.validators import check_mapping
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import Quantity


@attrs.frozen(kw_only=True, eq=False)
class ShuntLayer(ValuedLayer):
    """Puts one device of `law` from every node of its input to ground.

    A subclass names its `device` and gives its `law`; it presents the nodes of its input.

    Args:
        name: See `Layer`.
        param: The law's values, one number or one per unit; defaults fill the rest.
        trainable: Names of the values that learning changes; True: what the device says.
        lr: See `ValuedLayer`, as for what follows.
        max_relative_step: See `ValuedLayer`.
        max_step: See `ValuedLayer`.
        limits: See `ValuedLayer`.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.

    Examples:
        >>> from ebana_core.laws import Ohm
        >>> class LeakLayer(ShuntLayer):
        ...     device, law = "leak", Ohm()
        >>> leak = LeakLayer(name="leak", param={"conductance": 1e-9})
        >>> leak.output_shape([(4,)])
        (4,)
    """

    param: Mapping[str, Any] = attrs.field(factory=dict, validator=check_mapping)

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        check_law(cls.__qualname__, vars(cls).get("law"))
        is_plain = cls.quantities is ShuntLayer.quantities
        law = getattr(cls, "law", None) if is_plain else None
        check_trained(cls.__qualname__, vars(cls).get("trained", ()), law)

    @property
    @abstractmethod
    def law(self) -> Law:
        """The law of the devices. A class attribute will do."""

    @property
    def quantities(self) -> Sequence[Quantity]:
        return self.law.values

    @property
    def numbers(self) -> Mapping[str, Any]:
        return self.param

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        self.declarations(input_shapes)  # refuses values of another length before `ends` meets them
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(int(np.prod(input_shapes[0])))

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return heads and tails of the devices. Default: from each node to ground."""
        del builder
        return nodes, np.full(len(nodes), GROUND)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        heads, tails = self.ends(builder, inputs[0].ravel())
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, tails),
                law=self.law,
                values={q.name: Parameter(self.parameter(q.name)) for q in self.law.values},
            )
        )
        return inputs[0]


def check_law(layer: str, law: Any) -> None:
    """Refuse a class in place of a law; its instance is meant.

    Raises:
        ParameterError: Names both.
    """
    if isinstance(law, type):
        raise ParameterError(
            f"Layer class {layer} has law = {law.__name__}, which is a class.",
            f"write law = {law.__name__}()",
        )


def check_trained(layer: str, trained: Any, law: Any) -> None:
    """Refuse anything but a tuple of names that the law given on the class has.

    Raises:
        ParameterError: Quotes what is trained, and lists the names.
    """
    if not isinstance(trained, tuple):
        raise ParameterError(
            f"Layer class {layer} has trained = {trained!r}, which is not a tuple.",
            f"write trained = ({trained!r},)",
        )
    known = [quantity.name for quantity in law.values] if isinstance(law, Law) else list(trained)
    for name in trained:
        if name not in known:
            raise ParameterError(
                f"Layer class {layer} has trained = {trained!r}; the values of its law are "
                f"{known}.",
                f"name some of {known}",
            )
