"""The page on layers runs as it stands, and names every layer of the core."""

import re
from pathlib import Path

import pytest

from ebana_core import layers
from ebana_core.layers import Layer
from ebana_core.registry import load_registry

PAGE = (Path(__file__).parent.parent.parent / "docs" / "layers.md").read_text()


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/layers.md", "exec"), names)


def test_every_layer_of_the_core_is_on_the_page() -> None:
    devices = {device.cls for device in load_registry().devices.values()}
    for name, item in vars(layers).items():
        if isinstance(item, type) and issubclass(item, Layer) and item in devices:
            assert f"`{name}(" in PAGE, name
