"""What a schematic draws is the circuit that is simulated: device by device, wire by wire."""

import pytest

from ebana_core.registry import load_registry
from tests.support.drawn import are_same, counted, graph_built, graph_drawn
from tests.support.drawn_networks import NETWORKS

ABRIDGED = ("large", "planes")


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - set(ABRIDGED)))
def test_every_device_has_its_symbol_between_its_nodes(name: str) -> None:
    model = NETWORKS[name]()
    circuit, drawn = model.network.compiled.circuit, model.schematic()
    assert dict(drawn.symbols) == counted(circuit)
    assert not drawn.abridged
    assert are_same(graph_drawn(drawn), graph_built(circuit))


def test_every_kind_of_layer_is_drawn() -> None:
    models = [build() for build in NETWORKS.values()]
    layers = {layer.device for model in models for layer in model.layers.values()}
    assert layers - {"pear", "strange"} == set(load_registry().devices)
