"""Which block draws some devices: how they are wired decides, whatever layer placed them."""

from collections.abc import Sequence, Set

import numpy as np

from ebana_core.circuit import GROUND, Crossbar
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.tiles import Tiles
from ebana_core.schematics.block import Block
from ebana_core.schematics.boxes import Boxes, Many
from ebana_core.schematics.columns import Member
from ebana_core.schematics.devices import Devices
from ebana_core.schematics.grids import Grid, WiredGrid
from ebana_core.schematics.nets import Nets
from ebana_core.schematics.outputs import Outputs
from ebana_core.schematics.series import AmplifierRow, Series
from ebana_core.schematics.shunts import Shunts
from ebana_core.schematics.sources import Sources
from ebana_core.schematics.webs import Web

MOST_BRANCHES, MOST_NODES = 48, 32
"""Of a graph that is drawn branch by branch."""


def block_of(
    member: Member, nets: Nets, lefts: Sequence[int], rights: Sequence[int], used: Set[int]
) -> Block:
    """Return the block that draws some devices.

    Args:
        member: The devices, and the sources that are drawn with them.
        nets: The nodes.
        lefts: Those of its nodes that stand in columns before, from the top.
        rights: Its other nodes.
        used: Nodes that columns behind need.
    """
    devices = member.devices
    own, new = tuple(lefts), tuple(rights)
    # Nodes that nothing else touches need no pin.
    many = Many(devices, nets, own, tuple(node for node in new if node in used))
    if not own and not new:
        return many  # of a stranger's layer: it leads to nodes that are left out
    if devices.terminals is not None:
        return _boxes(devices, nets, own, new) or many
    if devices.symbol == "output" and not new:
        outputs = Outputs(devices, nets, own, ())
        return outputs if any(outputs.drawn()) else many
    if devices.symbol == "voltage_source" and not own and not devices.tails.any():
        return Sources(devices, nets, (), new)
    if not new and _are_shunts(member):
        return Shunts(devices, nets, own, tuple(n for n in own if n in used), rails=member.rails)
    places = _grid_places(devices, nets, own, new)
    if member.wires:
        if places is None:
            return Many(devices, nets, own, new, wires=member.wires)
        return WiredGrid(devices, nets, own, new, places=places, wires=member.wires)
    if _are_in_line(devices, own, new):
        row = AmplifierRow if devices.symbol == "amplifier" else Series
        return row(devices, nets, own, new)
    if places is not None:
        return Grid(devices, nets, own, new, places=places)
    is_small = devices.n <= MOST_BRANCHES and nets.are_shown(devices.nodes.tolist())
    if is_small and not isinstance(devices.topology, Crossbar | Tiles):
        return Web(devices, nets, own, many.rights)
    return many


def is_web(member: Member) -> bool:
    """Tell whether devices lie along the branches of a graph that is small enough to draw."""
    devices = member.devices
    if devices.terminals is not None or isinstance(devices.topology, Crossbar | Tiles):
        return False
    if devices.n > MOST_BRANCHES or len(devices.nodes) > MOST_NODES or _are_shunts(member):
        return False
    heads, tails = (len(np.unique(ends)) for ends in (devices.heads, devices.tails))
    is_apart = not np.isin(devices.heads, devices.tails).any()
    # A device in every wire, or from each of some nodes to each of some others.
    return not (is_apart and (heads == tails == devices.n or heads * tails == devices.n))


def _are_shunts(member: Member) -> bool:
    devices, rails = member.devices, member.rails
    if isinstance(devices.topology, Crossbar):
        return False
    far = np.array([GROUND] if rails is None else rails.nodes)
    at_head, at_tail = np.isin(devices.heads, far), np.isin(devices.tails, far)
    others = np.where(at_head, devices.tails, devices.heads)
    return bool((at_head ^ at_tail).all()) and len(np.unique(others)) == len(others)


def _are_in_line(devices: Devices, lefts: tuple[int, ...], rights: tuple[int, ...]) -> bool:
    heads, tails = devices.heads, devices.tails
    if len(heads) != devices.n or len(tails) != devices.n or not lefts or not rights:
        return False
    is_single = len(np.unique(heads)) == len(np.unique(tails)) == devices.n
    is_apart = not np.isin(heads, tails).any() and not (heads == GROUND).any()
    if not is_single or not is_apart or (tails == GROUND).any():
        return False
    shown = dict(zip(heads.tolist(), tails.tolist(), strict=True))
    backwards = {tail: head for head, tail in shown.items()}
    partners = [shown.get(node, backwards.get(node)) for node in lefts]
    return sorted(partners) == sorted(rights)  # type: ignore[type-var]  # every node on the left is an end of a device


def _grid_places(
    devices: Devices, nets: Nets, lefts: tuple[int, ...], rights: tuple[int, ...]
) -> tuple[tuple[int, ...], ...] | None:
    """Return the number of the device at each crossing of a small crossbar; None: it is none."""
    if not lefts or not rights or devices.n != len(lefts) * len(rights):
        return None
    heads, tails = branch_ends(devices.topology)
    if not nets.are_shown(devices.nodes.tolist()):
        return None
    numbers = {ends: k for k, ends in enumerate(zip(heads.tolist(), tails.tolist(), strict=True))}
    wanted = [[numbers.get((row, column), -1) for column in rights] for row in lefts]
    if min(map(min, wanted)) < 0:
        return None
    return tuple(map(tuple, wanted))


def _boxes(
    devices: Devices, nets: Nets, lefts: tuple[int, ...], rights: tuple[int, ...]
) -> Boxes | None:
    """Return boxes for the devices of which every node is drawn; None: one would be left over."""
    assert devices.terminals is not None
    rows = devices.terminals
    shown = [k for k in range(len(rows)) if nets.are_shown(rows[k].tolist())]
    order = {node: k for k, node in enumerate(lefts)}
    new = set(rights)
    shown.sort(key=lambda k: min((order[n] for n in rows[k].tolist() if n in order), default=0))
    own = [n for k in shown for n in rows[k].tolist() if n != GROUND and n not in new]
    outs = [n for k in shown for n in rows[k].tolist() if n in new]
    if {*lefts, *rights} - {*own, *outs}:
        return None
    return Boxes(devices, nets, tuple(own), tuple(dict.fromkeys(outs)), shown=tuple(shown))
