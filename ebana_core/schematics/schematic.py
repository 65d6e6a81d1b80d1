"""The schematic: a circuit diagram of what is simulated, as a picture."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import attrs

from ebana_core.checking import checked_whole
from ebana_core.circuit.shunts import SHUNT
from ebana_core.execution.simulated import SimulatedNetwork
from ebana_core.layers import Layer
from ebana_core.network.checks import checked_input_arrays
from ebana_core.paths import check_suffix, checked_target, replacing
from ebana_core.schematics.canvas import as_svg, rendered
from ebana_core.schematics.choosing import is_web
from ebana_core.schematics.columns import columns_of, spans_of
from ebana_core.schematics.devices import Devices, Numbers, devices_of
from ebana_core.schematics.nets import Nets
from ebana_core.schematics.parts import (
    ORANGE,
    PALE,
    SMALL,
    Corners,
    Part,
    Symbol,
    Text,
    Wire,
    around,
    shifted,
)
from ebana_core.schematics.placing import Column, place
from ebana_core.schematics.routing import Channel

SUFFIXES = (".svg", ".png", ".pdf")
MARGIN = 0.5
"""Free around everything."""
LEAST_UNITS = 4


@final
@attrs.frozen(eq=False, repr=False)
class Schematic:
    """A circuit diagram; notebooks show it, and `save` writes it.

    Args:
        parts: What is drawn.
        devices: Of the circuit.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> diagram = model.schematic()
        >>> diagram.symbols["d1"]  # conductances that are drawn
        8
        >>> diagram.save("network.svg")
    """

    parts: tuple[Part, ...]
    devices: tuple[Devices, ...]

    @property
    def corners(self) -> Corners:
        """Left, top, right and bottom of the paper."""
        left, top, right, bottom = around(self.parts)
        return left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN

    @property
    def symbols(self) -> Counter[str]:
        """Name of an element array to how many of its devices have a symbol."""
        return Counter(p.element for p in self.parts if isinstance(p, Symbol) and p.element)

    @property
    def abridged(self) -> frozenset[str]:
        """Names of element arrays of which not every device has its symbol."""
        drawn = self.symbols
        return frozenset(one.element for one in self.devices if drawn.get(one.element, 0) < one.n)

    @property
    def svg(self) -> str:
        """The picture as SVG.

        Raises:
            MissingLibraryError: schemdraw is not installed.
        """
        layers = ", ".join(dict.fromkeys(one.layer for one in self.devices if one.layer != SHUNT))
        words = f' role="img"><title>Circuit of the layers {layers}</title>'
        return as_svg(self.parts, self.corners).replace(">", words, 1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture.

        Args:
            path: Its suffix says what: ``.svg``, ``.png`` or ``.pdf``.

        Raises:
            ParameterError: Another suffix.
            StorageError: It cannot be written.
            MissingLibraryError: schemdraw, or matplotlib for ``.png`` and ``.pdf``, is missing.
        """
        target = checked_target(path)
        check_suffix(Path(path), SUFFIXES)
        kind = target.suffix.lower().removeprefix(".")
        image = self.svg.encode() if kind == "svg" else rendered(self.parts, self.corners, kind)
        with replacing(path) as partial:
            partial.write_bytes(image)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        n_devices = sum(one.n for one in self.devices)
        return f"Schematic({n_devices} devices, {self.symbols.total()} of them drawn one by one)"


def schematic(
    simulated: SimulatedNetwork,
    inputs: Mapping[str, Any] | None = None,
    *,
    max_units: int = 8,
) -> Schematic:
    """Draw the circuit that is simulated, with the values in force.

    Everything is drawn from the circuit that the layers built, so that a plugin's layers are drawn,
    too. What learns is orange, voltages that sources hold are blue. A dot joins wires that cross;
    without one they do not touch.

    Args:
        simulated: The network with its values.
        inputs: Input layer to voltages of one sample, V, to write at the sources; None: none.
        max_units: How many nodes of a layer are drawn before an ellipsis, at least 4. A larger
            crossbar is one box that says its size and the range of its values.

    Raises:
        ParameterError: `max_units` is no whole number of at least 4.
        MissingLibraryError: schemdraw is not installed, when the picture is shown or saved.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=3, name="x")
        >>> d = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5))(x)
        >>> model = Model([x], [CurrentLayer(name="y")(d)], seed=0)
        >>> dict(model.schematic().symbols)
        {'x': 3, 'd': 6, 'y': 1}
    """
    checked_whole(
        max_units, "max_units", "give the number of nodes to draw of a layer", at_least=LEAST_UNITS
    )
    network, values = simulated.network, simulated.values
    samples = {} if inputs is None else checked_input_arrays(network, inputs, n_samples=1)
    trained = frozenset(values.trainable_parameters())
    numbers = Numbers(values.parameters.snapshot(), samples, trained)
    circuit = network.compiled.circuit
    found = devices_of(circuit, numbers)
    drawn = [one for one in found if one.element != SHUNT]
    nets = Nets(circuit, (one.nodes for one in drawn), max_units)
    parts = tuple(_parts(_placed(drawn, network.layers, nets)))
    return Schematic((*parts, *_notes(found, parts)), tuple(found))


def _placed(found: Sequence[Devices], layers: Mapping[str, Layer], nets: Nets) -> list[Column]:
    """Return the blocks of a circuit at their places."""
    columns = columns_of(found, layers, nets)
    for member in (member for members in columns for member in members if is_web(member)):
        nets.show(member.devices.nodes.tolist())
    return place(columns, spans_of(columns, nets), nets)


def _parts(columns: list[Column]) -> Iterator[Part]:
    """Yield all parts, column by column."""
    x, before = 0.0, None
    for column in columns:
        if before is not None:
            channel = Channel(before.leaving, column.entering)
            yield from channel.draw(x)
            x += channel.width
        for placed in column.placed:
            block = placed.block
            own = [*block.draw(placed.lefts, placed.rights), *block.captioned(placed.caption)]
            yield from (shifted(part, x) for part in own)
            for y in placed.rights:
                yield Wire(((x + block.width, y), (x + column.width, y)))
        for y in column.lanes.values():
            yield Wire(((x, y), (x + column.width, y)))
        x += column.width
        before = column


def _notes(found: list[Devices], parts: tuple[Part, ...]) -> Iterator[Part]:
    """Yield the lines below the picture."""
    left, _, _, bottom = around(parts)
    lines = [(ORANGE, "orange: learns")] if any(devices.is_trained for devices in found) else []
    for devices in found:
        if devices.element == SHUNT:
            lines.append((PALE, f"{next(devices.told())} from every node to ground"))
    lines.append((PALE, "wires touch only where there is a dot"))
    for k, (colour, line) in enumerate(lines):
        yield Text((left, bottom + 0.6 + 0.36 * k), line, "start", colour, SMALL)
