"""Names that several plugins claim: whose they are, and what of saved models."""

import importlib
import shutil
from pathlib import Path

import pytest

from ebana_core import Model
from ebana_core.errors import PluginError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.registry import load_registry
from tests.support.distributions import fake_distribution

CODE = """\
from ebana_core.hookspecs import hookimpl
from ebana_core.layers import DenseLayer
class Own(DenseLayer):
    device = "NAME"
@hookimpl
def ebana_devices():
    return [Own]
"""


@pytest.mark.parametrize("name", ["a_dense", "core"])
def test_a_plugin_that_claims_a_name_of_ebanas_own_stands_in_no_bodys_way(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another name, and under that of EBANA's own entry point."""
    code = CODE.replace("NAME", "dense")
    fake_distribution(tmp_path, "a_dense", code)
    points = tmp_path / "a_dense-1.2.dist-info" / "entry_points.txt"
    points.write_text(f"[ebana]\n{name} = a_dense\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = load_registry()
    assert registry.device("dense") is DenseLayer
    (error,) = registry.errors
    assert "a_dense 1.2" in error.problem


def test_a_file_is_read_with_the_plugin_that_it_was_written_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = CODE.replace("NAME", "plum")
    for name in ("plum_mine", "plum_other"):
        fake_distribution(tmp_path, name, code)
    monkeypatch.syspath_prepend(str(tmp_path))
    cls = importlib.import_module("plum_mine").Own
    x = InputVoltageLayer(units=2, name="x")
    plum = cls(units=2, name="d", initializer=RandomUniform(1e-6, 1e-4))(x)
    Model(inputs=[x], outputs=[CurrentLayer(name="y")(plum)], seed=0).save(tmp_path / "m.h5")
    assert type(Model.load(tmp_path / "m.h5").layers["d"]) is cls
    shutil.rmtree(tmp_path / "plum_mine-1.2.dist-info")
    fake_distribution(tmp_path, "plum_third", code)
    with pytest.raises(PluginError, match=r"plum_other 1\.2.*plum_third 1\.2.*device 'plum'"):
        Model.load(tmp_path / "m.h5")
