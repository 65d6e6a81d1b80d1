"""The pages on netlists and on the first code run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest

from ebana_core.netlists import DIALECTS
from tests.support.pages import run
from tests.support.project import ROOT


def test_the_page_on_netlists_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("docs/netlists.md")
    shown = capsys.readouterr().out
    assert sorted(path.suffix[1:] for path in tmp_path.iterdir()) == sorted(DIALECTS)
    assert "rd1__0__2 x__0 d1__2" in shown
    assert "'unit': 'S'" in shown


def test_the_page_on_the_first_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("docs/coming_from/seed.md")
    weights, loss = names["weights"], names["loss"]
    assert np.shape(weights) == (2, 5, 2)
    assert (np.asarray(weights)[0] != np.asarray(weights)[1]).all()  # each batch moved them
    assert loss == (names["model"].evaluate(names["dataset"], names["loss_fn"]).loss)  # type: ignore[attr-defined]  # of the page


def test_what_the_tables_on_the_first_code_offer_is_there() -> None:
    import ebana_diode_mos
    import ebana_memristor

    import ebana_core
    from ebana_core import initializers, layers, losses, metrics

    rows = re.findall(
        r"^\| (.*) \| (.*) \|$", (ROOT / "docs/coming_from/seed.md").read_text(), re.M
    )[1:]
    rooms = (ebana_core, layers, losses, metrics, initializers, ebana_memristor, ebana_diode_mos)
    called = {
        name
        for _, here in rows
        for name in re.findall(r"\b([A-Z][A-Za-z]+|sweep|pulses|joined)\(", here)
    }
    assert len(rows) >= 24
    assert len(called) >= 12
    assert [n for n in called if not any(hasattr(room, n) for room in rooms)] == []
    methods = {m for _, here in rows for m in re.findall(r"`model\.([a-z_]+)", here)}
    assert all(hasattr(ebana_core.Model, method) for method in methods)
