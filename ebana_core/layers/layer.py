"""The layer: a device block as the user writes it, and what each one promises.

A layer holds settings, which never change, and its place in the network, which is written
once. Values (conductances, biases) live on the model.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import own_settings
from ebana_core.circuit import CircuitBuilder
from ebana_core.circuit.names import check_layer_name
from ebana_core.errors import ModelError
from ebana_core.later import handed
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.papers import Citing
from ebana_core.quantities import Quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@attrs.define(eq=False)
class Wiring:
    """A layer's place in the network. Written once."""

    parents: tuple["Layer", ...] | None = None
    children: list["Layer"] = attrs.field(factory=list)
    is_owned: bool = False


def _check_name(layer: "Layer", _: object, name: str) -> None:
    if not isinstance(getattr(type(layer), "device", None), str):
        raise ModelError(
            f"Layer class {type(layer).__qualname__} has no device.",
            'write device = "limiter", say: its key in the registry and in files',
        )
    check_layer_name(name, layer.device)


@attrs.frozen(kw_only=True, eq=False)
class Layer(Citing, ABC):
    """A device block, called on the layers that feed it.

    Args:
        name: Lower-case letters, digits and single underscores, a letter first.

    Examples:
        >>> from ebana_core.layers import ConcatenateLayer, InputVoltageLayer
        >>> x, bias = InputVoltageLayer(units=3, name="x"), InputVoltageLayer(units=1, name="bias")
        >>> rows = ConcatenateLayer(name="rows")([x, bias])  # a layer is called on what feeds it
        >>> rows.name, isinstance(rows, Layer)
        ('rows', True)
    """

    device: ClassVar[str]
    """The layer's key in the registry and in files."""

    programs_in_blocks: ClassVar[bool] = False
    """`program` treats every value on its own, without noise and without a record."""

    name: str = attrs.field(validator=_check_name)
    _wiring: Wiring = attrs.field(factory=Wiring, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Take copies of mappings and arrays: whoever gave them may change them later.

        A subclass that has a method of this name calls this one first.
        """
        own_settings(self)

    def __call__(self, inputs: "Layer | Sequence[Layer]") -> Self:
        """Connect this layer behind `inputs` and return it.

        Raises:
            ModelError: The layer was called before, takes no input, or an input is not a layer.
        """
        parents = tuple(inputs) if isinstance(inputs, Iterable) else (inputs,)
        if self._wiring.parents is not None:
            raise ModelError(
                f"Layer {self.name!r} is called a second time.",
                "create another layer with another name",
            )
        for parent in parents:
            if not isinstance(parent, Layer):
                raise ModelError(
                    f"Layer {self.name!r} is called on {parent!r}, which is not a layer.",
                    "call it on a layer or a list of layers",
                )
        self.check_parents(parents)
        self._wiring.parents = parents
        for parent in parents:
            parent._wiring.children.append(self)
        return self

    @property
    def parents(self) -> "tuple[Layer, ...]":
        """The layers that feed this one."""
        return self._wiring.parents or ()

    @property
    def children(self) -> "tuple[Layer, ...]":
        """The layers that this one feeds."""
        return tuple(self._wiring.children)

    def check_parents(self, parents: "tuple[Layer, ...]") -> None:
        """Refuse a number of inputs that this layer cannot take. Default: exactly one.

        Raises:
            ModelError: Names the layer and the number.
        """
        if len(parents) != 1:
            raise ModelError(
                f"Layer {self.name!r} is called on {len(parents)} layers; it takes one.",
                "join them with a ConcatenateLayer first",
            )

    @abstractmethod
    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        """Return the shape of the nodes this layer presents.

        Raises:
            ShapeError: The inputs do not fit.
        """

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        """Return the parameters of this layer. Default: none."""
        del input_shapes
        return ()

    @abstractmethod
    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        """Emit nodes and elements.

        Args:
            builder: Collects them.
            inputs: Nodes of each input, in the shape that it presents.

        Returns:
            The nodes this layer presents, in the order of its shape.
        """

    @property
    def reports(self) -> Sequence[Quantity]:
        """Quantities that `program` reports of an update, summed over an epoch in run files."""
        return ()

    @property
    def records(self) -> Sequence[tuple[Quantity, str]]:
        """Arrays that `program` reports of an update beside, and whose parameter's shape each has.

        Run files hold those of every update.
        """
        return ()

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        """Turn an optimizer's wish into what the device really does.

        Args:
            name: Parameter name within the layer.
            values: Present values.
            change: Wished change, same shape and unit.
            rng: For devices with programming noise.
            others: The layer's parameters as they stand, by name within the layer.

        Returns:
            The new values, before the model clips them to the declared bounds, and numbers
            named in `reports` and arrays named in `records` (none by default).
        """
        del name, rng, others
        return values + change, {}

    def read(
        self, name: str, values: Array, rng: np.random.Generator, others: Mapping[str, Array]
    ) -> Array:
        """Return what the circuit is made of while it is measured. Default: the values.

        Args:
            name: Parameter name within the layer.
            values: Of the parameter, or of each device where devices share its values; not to be
                overwritten.
            rng: For devices that fluctuate; one reading holds for all phases of a batch.
            others: The layer's parameters as they stand, by name within the layer.
        """
        del name, rng, others
        return values

    def plot_iv(
        self,
        voltages: Any = None,
        *,
        parameters: Mapping[str, Array] | None = None,
        n_units: int = 1,
        axes: "Axes | None" = None,
    ) -> "Axes":
        """Plot what this layer draws from its input nodes, its new nodes held at ground.

        Args:
            voltages: Of the input nodes, V; None: -1 V to 1 V.
            parameters: `Model.parameters`, for present values; None: the initial ones.
            n_units: Number of input nodes, where values are given per unit.
            axes: Where to draw; None: a new figure.

        Raises:
            DataError: `voltages` are not finite.
            UnsupportedError: The layer has no devices, or ideal ones.
            MissingLibraryError: matplotlib is not installed.
        """
        plot: Axes = handed("plot_curves")(self, voltages, parameters, n_units, axes)
        return plot

    def parameter(self, name: str) -> str:
        """Return the full name of a parameter, for example ``"d1.conductance"``."""
        return f"{self.name}.{name}"
