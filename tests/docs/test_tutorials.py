"""The tutorials, and the page on transients, run as they stand."""

from pathlib import Path

import matplotlib as mpl
import pytest

from ebana_core.layers import SpiceBlock
from tests.support.pages import check_printed, run

mpl.use("Agg")


@pytest.mark.ngspice
def test_every_block_of_the_tutorial_is_right_or_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("docs/tutorials/spice_block.md")
    assert "accuracy 100.00%" in capsys.readouterr().out
    written = [item for item in names.values() if isinstance(item, SpiceBlock)]
    refused = [block.law.refusal for block in written if block.law.refusal]
    assert len(written) == 6
    assert len(refused) == 1
    assert "element 'q1' is a transistor with ['rco']" in refused[0]
    for block in written:
        checked = block.check(n_samples=64, amplitude=1.5)
        assert checked or checked.refusal, str(checked)


def test_the_page_on_transients_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("docs/transients.md")
    check_printed("docs/transients.md", capsys.readouterr().out)
    assert (tmp_path / "settling.png").exists()


def test_a_papers_table_becomes_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("docs/tutorials/device_table.md")
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows[:5]] == [
        "TaOx/TiO2",
        "PCMO",
        "Ag:a-Si",
        "AlOx/HfO2",
        "FeFET",
    ]
