"""Names of layers and nodes: one form for people, one for netlists and files."""

import re
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ebana_core.checking import shown
from ebana_core.errors import NameClashError

LAYER_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"gnd", "0", "inputs", "outputs", "all"})


LONGEST_NAME = 100
"""Letters of a layer's name; ngspice reads names of up to 200, which hold a node's own part too."""


@runtime_checkable
class Named(Protocol):
    """A layer, as far as its name goes."""

    name: str


def layer_name(layer: Any) -> Any:
    """Return the name of a layer that is given itself or by its name."""
    return layer.name if isinstance(layer, Named) else layer


def check_layer_name(name: object, device: str) -> None:
    """Refuse a name of a layer that netlists and files cannot hold.

    Raises:
        NameClashError: Not lower-case letters, digits and single underscores, or reserved.
    """
    is_plain = isinstance(name, str) and LAYER_NAME.fullmatch(name) and "__" not in name
    if not is_plain or name in RESERVED or len(str(name)) > LONGEST_NAME:
        raise NameClashError(
            f"The {device} layer is named {shown(name)}, which is not a safe name.",
            f"use up to {LONGEST_NAME} lower-case letters, digits and single underscores, a letter "
            f"first, and none of {sorted(RESERVED)}",
        )


def readable(layer: str, label: str, index: Sequence[int]) -> str:
    """Return a node's name for people, for example ``d1[7]`` or ``act1.far[0]``."""
    place = f"{layer}.{label}" if label else layer
    return f"{place}[{','.join(map(str, index))}]"


def netlist_name(layer: str, label: str, index: Sequence[int]) -> str:
    """Return a node's name in a netlist, for example ``d1__7`` or ``act1__far__0``."""
    return "__".join([layer, *([label] if label else []), *map(str, index)])


def of_devices(name: str) -> str:
    """Return the name under which parameters hold what each device of shared values has.

    Args:
        name: Of the parameter whose values are shared.
    """
    return f"{name}@devices"
