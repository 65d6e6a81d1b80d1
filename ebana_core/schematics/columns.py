"""In which column each row of devices stands: behind the layers that feed its own."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.circuit import GROUND, Crossbar
from ebana_core.layers import Layer
from ebana_core.schematics.devices import Devices
from ebana_core.schematics.nets import Nets
from ebana_core.schematics.sources import Rails
from ebana_core.schematics.wires import wired_of


@attrs.frozen(eq=False)
class Member:
    """Devices in a column, with the sources that are drawn with them.

    Args:
        devices: The devices.
        rails: Sources that serve them alone; None: there are none.
        wires: The metal along a crossbar's ``"row"`` and ``"column"``, of those that have some.
    """

    devices: Devices
    rails: Rails | None = None
    wires: Mapping[str, Devices] = attrs.field(factory=dict)


def columns_of(
    found: Sequence[Devices], layers: Mapping[str, Layer], nets: Nets
) -> list[list[Member]]:
    """Return the devices of a circuit, column by column.

    Args:
        found: All devices.
        layers: Layer name to layer, in the order in which they were built.
        nets: The nodes.
    """
    members: dict[str, list[Member]] = {}
    for member in _with_rails(found, nets):
        members.setdefault(member.devices.layer, []).append(member)
    for own in members.values():
        # Outputs end a network, whatever else their layer places.
        own.sort(key=lambda member: member.devices.symbol == "output")
    lengths = {name: len(members.get(name, [])) for name in layers}
    starts = _starts(layers, lengths)
    columns: dict[int, list[Member]] = {}
    for name in layers:
        for k, member in enumerate(members.get(name, [])):
            columns.setdefault(starts[name] + k, []).append(member)
    return [columns[k] for k in sorted(columns)]


def _starts(layers: Mapping[str, Layer], lengths: Mapping[str, int]) -> dict[str, int]:
    """Return the first column of every layer."""
    starts: dict[str, int] = {}
    for name, layer in layers.items():
        ends = [starts[parent.name] + lengths[parent.name] for parent in layer.parents]
        starts[name] = max(ends, default=0)
    # A source stands just before what it feeds, not at the far left. From the last layer on, so
    # that a layer which places nothing passes on where those behind it stand.
    wanted: dict[str, int] = {}
    for name, layer in reversed(list(layers.items())):
        if layer.children:
            wanted[name] = min(
                starts[child.name] if lengths[child.name] else wanted.get(child.name, 0)
                for child in layer.children
            )
        if not layer.parents and layer.children:
            starts[name] = max(wanted[name] - lengths[name], 0)
    return starts


def _with_rails(found: Sequence[Devices], nets: Nets) -> list[Member]:
    """Join sources of nodes inside a layer to the only row of devices that leads to them."""
    rails: dict[int, Devices] = {}
    for source in found:
        if (
            source.symbol == "voltage_source"
            and not source.tails.any()
            and _is_inside(source, nets)
        ):
            users = [other for other in found if other is not source and _touch(other, source)]
            if len(users) == 1 and _is_rail(source, users[0], nets):
                rails[id(users[0])] = source
    wired = wired_of(found, nets)
    held = {id(source) for source in rails.values()}
    held |= {id(metal) for one in wired.values() for metal in one.wires.values()}
    return [
        Member(
            wired[k].cells if k in wired else devices,
            _rails(rails[id(devices)]) if id(devices) in rails else None,
            wired[k].wires if k in wired else {},
        )
        for k, devices in enumerate(found)
        if id(devices) not in held
    ]


def _is_inside(source: Devices, nets: Nets) -> bool:
    return all(nets.group(int(node)).label for node in source.heads[:1])


def _touch(one: Devices, other: Devices) -> bool:
    return bool(np.isin(one.nodes, other.nodes).any())


def _is_rail(source: Devices, user: Devices, nets: Nets) -> bool:
    """Tell whether devices lead from nodes of another layer to a source each, or all to one."""
    if user.terminals is not None or isinstance(user.topology, Crossbar):
        return False
    at_head, at_tail = (np.isin(ends, source.heads) for ends in (user.heads, user.tails))
    others = np.where(at_head, user.tails, user.heads)
    is_plain = bool((at_head ^ at_tail).all()) and GROUND not in others
    is_single = len(np.unique(others)) == len(others)
    is_behind = is_plain and all(nets.group(int(n)).layer != source.layer for n in others[:1])
    return is_behind and is_single and source.n in (1, user.n)


def _rails(source: Devices) -> Rails:
    return Rails(
        source.element,
        tuple(source.heads.tolist()),
        source.numbers["voltage"],
        source.is_trained,
    )


def spans_of(columns: Sequence[Sequence[Member]], nets: Nets) -> dict[int, tuple[int, int]]:
    """Return the first and the last column of every node that is drawn."""
    spans: dict[int, tuple[int, int]] = {}
    for k, members in enumerate(columns):
        for member in members:
            inside = set(member.rails.nodes) if member.rails else set()
            for node in nets.shown(member.devices.nodes.tolist()):
                if node not in inside:
                    spans[node] = spans.get(node, (k, k))[0], k
    return spans
