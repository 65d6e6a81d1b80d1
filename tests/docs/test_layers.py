"""The page on layers runs as it stands, and names every layer of the core."""

from ebana_core import layers
from ebana_core.layers import Layer
from ebana_core.registry import load_registry
from tests.support.pages import run
from tests.support.project import ROOT

PAGE = "docs/layers.md"


def test_the_page_runs() -> None:
    run(PAGE)


def test_every_layer_of_the_core_is_on_the_page() -> None:
    text = (ROOT / PAGE).read_text()
    devices = {device.thing for device in load_registry().devices.values()}
    for name, item in vars(layers).items():
        if isinstance(item, type) and issubclass(item, Layer) and item in devices:
            assert f"`{name}(" in text, name
