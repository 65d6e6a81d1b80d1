"""The block: a user's own SPICE subcircuit as a layer."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import GROUND, CircuitBuilder, Parameter, TerminalDevices, VoltageSources
from ebana_core.circuit.elements import Constant
from ebana_core.derived import derived
from ebana_core.errors import ModelError, ParameterError, ShapeError
from ebana_core.later import handed
from ebana_core.layers.block_agreement import BlockCheck
from ebana_core.layers.block_settings import (
    by_lower_name,
    check_supplies,
    names_of,
    text_of,
    trained_of,
)
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.trainable import Rates
from ebana_core.layers.validators import check_mapping, check_texts
from ebana_core.layers.valued import Steps, ValuedLayer, check_trainable
from ebana_core.quantities import Quantity
from ebana_core.spice import BlockLaw, Subcircuit, read_library, read_subcircuit
from ebana_core.spice.formatting import expression_number
from ebana_core.spice.translation import translate
from ebana_core.spice.words import safe_names

SUPPLY = "supply_"
"""Begins the label of a supply's node."""


def _law_of(text: str, name: str | None) -> BlockLaw:
    subcircuit: Subcircuit = read_subcircuit(text, name)
    return BlockLaw(subcircuit, translate(subcircuit, expression_number))


def _labels(law: BlockLaw) -> Sequence[str]:
    """Return names of the nodes inside, and of the currents, that netlists can hold."""
    labels = [f"in_{name}" for name in law.inner_nodes]
    return list(safe_names([*labels, *(f"i_{name}" for name in law.translation.currents)]).values())


@attrs.frozen(kw_only=True, eq=False)
class SpiceBlock(ValuedLayer):
    r"""A SPICE subcircuit, as often as its input ports fit into the nodes that feed it.

    Every port has an ammeter of 0 V; `OperatingPoints.currents` gives what flows into the ports.
    The numbers of R, C, L, V, I, E, F, G and H elements are the layer's parameters, named as the
    elements: ``block.r1``. Native runs it where it knows all elements; ngspice always does.

    Args:
        name: See `Layer`.
        subcircuit: A PySpice `SubCircuit`, the text that it prints, or a subcircuit of a library:
            ``read_library("opamps.lib").subcircuit("lm358")``. What it needs is kept, no path.
        subcircuit_name: Which one, where a text defines several that no other one uses.
        inputs: Ports at the nodes that feed the layer; of more nodes than ports, each so many
            in a row have a block of their own.
        outputs: Ports whose nodes the layer presents, block by block; none: it presents the
            nodes that feed it.
        supplies: The other ports: name to the voltage of an ideal source, V; 0 is ground.
        param: Element name to another number, or to one per block.
        trainable: Names of elements that learning changes: R, V and I.
        lr: Learning rate, or element name to learning rate. Its unit is the square of the value's
            unit over the unit of the loss (V² for squared losses).
        max_relative_step: See `ValuedLayer`.
        max_step: See `ValuedLayer`.
        limits: See `ValuedLayer`.

    Raises:
        CircuitError: A line of the netlist cannot be part of a block; names the line.
        ModelError: A port is left over, unknown, or used twice.

    Examples:
        >>> text = ".subckt half a b\nR1 a b 1k\nR2 b 0 1k\n.ends"
        >>> half = SpiceBlock(name="half", subcircuit=text, inputs="a", outputs="b")
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> model = Model([x], [CurrentLayer(name="y", fold=False)(half(x))])
        >>> model.predict({"x": [[1.0, -0.5]]})["y"].round(9)
        array([[ 0.5 , -0.25]])
    """

    device = "spice_block"

    subcircuit_name: str | None = None
    subcircuit: str = attrs.field(
        converter=attrs.Converter(text_of, takes_self=True),  # type: ignore[misc]  # attrs' stubs know converters of the value alone
        repr=False,
    )
    law: BlockLaw = derived(lambda own: _law_of(own.subcircuit, own.subcircuit_name))
    """What all its elements do together."""
    inputs: tuple[str, ...] = attrs.field(converter=names_of, validator=check_texts)
    outputs: tuple[str, ...] = attrs.field(default=(), converter=names_of, validator=check_texts)
    supplies: Mapping[str, float] = attrs.field(
        factory=dict, converter=by_lower_name, validator=check_supplies
    )
    param: Mapping[str, Any] = attrs.field(
        factory=dict, converter=by_lower_name, validator=check_mapping
    )
    trainable: bool | tuple[str, ...] = attrs.field(
        default=False, converter=trained_of, validator=check_trainable
    )
    lr: Rates | None = attrs.field(default=None, converter=by_lower_name)
    max_step: Steps = attrs.field(default=None, converter=by_lower_name)
    limits: Mapping[str, tuple[float, float]] = attrs.field(
        factory=dict, converter=by_lower_name, validator=check_mapping
    )

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        used = [*self.inputs, *self.outputs, *self._sources]
        ports = self.law.subcircuit.ports
        if sorted(used) != sorted(ports) or not self.inputs:
            raise ModelError(
                f"Layer {self.name!r} has inputs={list(self.inputs)}, outputs="
                f"{list(self.outputs)} and supplies of {sorted(self.supplies)}; the ports of "
                f"{self.law.subcircuit.name!r} are {list(ports)}.",
                f"name each port once, one input at least; left out: {sorted({*ports} - {*used})}",
            )
        for name in self.trained_names:
            if not self.law.learns(name):
                raise ParameterError(
                    f"Layer {self.name!r} has trainable of {name!r}.",
                    "train R, V and I elements; others have no local rule",
                )

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        subcircuit_name: str | None = None,
        *,
        section: str | None = None,
        **settings: Any,
    ) -> "SpiceBlock":
        """Return a block of a subcircuit in a SPICE file; the layer keeps its text, no path.

        Args:
            path: The file; what it includes must lie in its folder or below.
            subcircuit_name: Of the subcircuit; None: the only one that no other of the file uses.
            section: The section ``.lib NAME`` ... ``.endl`` to read; None: what lies outside of
                all.
            settings: The layer's own: name, inputs, outputs and so on.

        Raises:
            StorageError: The file cannot be read.
            UnknownNameError: It holds no such subcircuit.
            CircuitError: The subcircuit cannot be read, or several are there and none is named;
                names file and line.
        """
        return cls(subcircuit=read_library(path, section).subcircuit(subcircuit_name), **settings)

    @property
    def _sources(self) -> Mapping[str, float]:
        """The supplies without those of 0 V at ports that are ground by their names."""
        grounds = self.law.subcircuit.grounds
        return {k: v for k, v in self.supplies.items() if v or k not in grounds}

    @property
    def quantities(self) -> Sequence[Quantity]:
        return self.law.values

    @property
    def numbers(self) -> Mapping[str, Any]:
        return self.param

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        n_blocks = self._n_blocks(input_shapes[0])
        return (n_blocks * len(self.outputs),) if self.outputs else input_shapes[0]

    def _n_blocks(self, shape: Shape) -> int:
        n_nodes, n_ports = int(np.prod(shape)), len(self.inputs)
        if n_nodes % n_ports:
            raise ShapeError(
                f"Layer {self.name!r} has the input ports {list(self.inputs)} and is fed by "
                f"{n_nodes} nodes.",
                f"feed it a multiple of {n_ports} nodes",
            )
        return n_nodes // n_ports

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(self._n_blocks(input_shapes[0]))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        law, n_blocks = self._law_in(builder), self._n_blocks(inputs[0].shape)
        feeding = inputs[0].reshape(n_blocks, len(self.inputs))
        outputs = builder.nodes(self.name, (n_blocks * len(self.outputs),))
        own = dict(zip(self.inputs, feeding.T, strict=True))
        own |= zip(self.outputs, outputs.reshape(n_blocks, -1).T, strict=True)
        own |= {name: self._supply(builder, name, n_blocks) for name in self._sources}
        columns = [own[port] for port in law.subcircuit.ports]
        for label in _labels(law):
            columns.append(builder.nodes(self.name, (n_blocks,), label=label))
        builder.add(
            TerminalDevices(
                name=self.name,
                layer=self.name,
                nodes=np.stack(columns, axis=1),
                law=law,
                values={item.name: Parameter(self.parameter(item.name)) for item in law.values},
            )
        )
        return outputs if self.outputs else inputs[0]

    def _law_in(self, builder: CircuitBuilder) -> BlockLaw:
        """Return the law with all nodes that the circuit asks for."""
        if not builder.shunt:
            return self.law
        subcircuit = self.law.subcircuit
        # A shunt leads from the nodes within diodes, too.
        return BlockLaw(subcircuit, translate(subcircuit, expression_number, diodes=True))

    def _supply(self, builder: CircuitBuilder, name: str, n_blocks: int) -> IntArray:
        """Return the node that a supply holds, for every block."""
        node = GROUND
        if self.supplies[name]:
            label = safe_names(SUPPLY + port for port in self.supplies)[SUPPLY + name]
            (node,) = builder.nodes(self.name, (1,), label=label)
            builder.add(
                VoltageSources(
                    name=f"{self.name}_{label}",
                    layer=self.name,
                    heads=[node],
                    tails=[GROUND],
                    voltage=Constant(np.array([float(self.supplies[name])])),
                )
            )
        return np.full(n_blocks, node, dtype=np.intp)

    def check(self, n_samples: int = 16, amplitude: float = 1.0, seed: int = 0) -> BlockCheck:
        """Solve one block on native and on ngspice, and compare all its nodes.

        Where `param` gives numbers per block, all of these blocks. Input and output ports are
        driven by sources behind 10 kΩ.

        Args:
            n_samples: How many drawn voltages.
            amplitude: Of the sources, V.
            seed: Of the voltages.
        """
        # Compares both simulators, which stand above the layers: the front door hands it in.
        found: BlockCheck = handed("check_block")(self, n_samples, amplitude, seed)
        return found
