"""A table of a model's layers."""

from typing import final

import attrs
import numpy as np

from ebana_core.network.values import NetworkValues
from ebana_core.registry import distribution_of
from ebana_core.tables import html_table, text_table


@attrs.frozen
class SummaryRow:
    """One layer.

    Args:
        layer: Name.
        device: Registry key.
        shape: Shape of the nodes it presents.
        n_nodes: Nodes it creates, internal ones included.
        n_trainable: Values that learning changes now.
        plugin: Distribution that provides the device.
    """

    layer: str
    device: str
    shape: tuple[int, ...]
    n_nodes: int
    n_trainable: int
    plugin: str


@final
@attrs.frozen
class Summary:
    """The layers of a model; prints as a table."""

    rows: tuple[SummaryRow, ...]

    @property
    def n_trainable(self) -> int:
        """Values that learning changes now."""
        return sum(row.n_trainable for row in self.rows)

    @property
    def n_nodes(self) -> int:
        """Nodes of the circuit, internal ones included."""
        return sum(row.n_nodes for row in self.rows)

    def _table(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("layer", "device", "plugin", "shape", "nodes", "trainable")]
        for r in self.rows:
            counts = str(r.n_nodes), str(r.n_trainable)
            rows.append((r.layer, r.device, r.plugin, str(r.shape), *counts))
        return rows

    def _total(self) -> str:
        return f"{self.n_nodes} nodes, {self.n_trainable} trainable values"

    def __str__(self) -> str:
        return f"{text_table(self._table(), left=3)}\n{self._total()}"

    def _repr_html_(self) -> str:
        return f"{html_table(self._table(), left=3)}<p>{self._total()}</p>"

    def __repr__(self) -> str:
        return str(self)


def summary(values: NetworkValues) -> Summary:
    """Return layers, devices, shapes, nodes, trainable values and plugins; printable."""
    network, trainable = values.network, values.trainable
    created: dict[str, int] = {}
    for group in network.compiled.circuit.groups:
        created[group.layer] = created.get(group.layer, 0) + group.size
    packages = {type(layer).__module__.split(".")[0] for layer in network.layers.values()}
    owners = {package: distribution_of(package) for package in packages}
    rows = []
    for name, layer in network.layers.items():
        count = sum(
            int(np.prod(parameter.declaration.shape))
            for parameter in values.declared.values()
            if parameter.layer is layer and parameter.declaration.trainable and trainable[name]
        )
        plugin = owners[type(layer).__module__.split(".")[0]]
        shape = network.shapes[name]
        rows.append(SummaryRow(name, layer.device, shape, created.get(name, 0), count, plugin))
    return Summary(tuple(rows))
