"""Runs in a browser: listed, shown, compared, and followed while they are trained and killed."""

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from ebana_core.errors import StorageError
from ebana_core.serving import Listing
from tests.support import runs
from tests.support.browsers import QUIET, chromium
from tests.support.project import ENVIRONMENT, ROOT
from tests.support.runs import small_fit


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of the runs in ``tmp_path / "runs"``, which ends in peace."""
    (tmp_path / "runs").mkdir()
    words = ["runs", "serve", str(tmp_path / "runs"), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "ebana_core", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout.readline().split()[0]
            process.terminate()
            assert process.wait(20) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def answer(address: str, path: str, host: str | None = None) -> tuple[int, str]:
    """Return status and body of a request under a name of the host."""
    netloc = urlsplit(address).netloc
    with closing(http.client.HTTPConnection(netloc, timeout=60)) as connection:
        connection.request("GET", path, headers={"Host": host or netloc})
        response = connection.getresponse()
        return response.status, response.read().decode()


def listed(address: str) -> dict[str, dict[str, Any]]:
    return {row["run"]: row for row in json.loads(answer(address, "/runs.json")[1])}


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_runs_are_listed_shown_and_compared(tmp_path: Path, address: str) -> None:
    small_fit(tmp_path / "runs" / "a.h5", 3)
    (tmp_path / "runs" / "more").mkdir()
    small_fit(tmp_path / "runs" / "more" / "b.h5", 2, batch_size=3)
    (tmp_path / "runs" / "c.h5").write_text("no run")
    with chromium(tmp_path / "profile", is_offline=False) as browser:
        tab, said = browser.new_page(), []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(address)
        tab.wait_for_selector("#runs tr >> nth=2")
        assert "3 runs" in tab.text_content("#state")
        assert "cannot be read" in tab.text_content("#runs")
        assert tab.is_disabled("#compare")
        tab.set_viewport_size({"width": 420, "height": 800})  # nothing lies beyond the edge
        assert tab.evaluate("document.querySelector('.scroll').scrollWidth") <= 420
        tab.set_viewport_size({"width": 1280, "height": 900})
        for name in ("a.h5", "more/b.h5"):
            tab.check(f'[aria-label="compare {name}"]')
        tab.click("#compare")
        tab.wait_for_selector('[data-chart="Training loss"] .main-svg')
        assert "batch_size" in tab.text_content("main")
        tab.goto(address)
        tab.click("#runs a >> text=a.h5")
        tab.wait_for_selector('[data-chart="loss"] .main-svg')
        assert tab.text_content("h1") == "a.h5"
        assert said == []


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_a_run_is_followed_until_it_is_killed(tmp_path: Path, address: str) -> None:
    path = tmp_path / "runs" / "live.h5"
    trained = [sys.executable, str(Path(runs.__file__)), str(path), "1000000", "0.1"]
    with (
        subprocess.Popen(trained, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process,
        chromium(tmp_path / "profile", is_offline=False) as browser,
    ):
        try:
            assert process.stdout is not None
            process.stdout.readline()
            before = listed(address)["live.h5"]["epochs"]
            tab = browser.new_page()
            tab.goto(f"{address}run?run=live.h5")
            tab.wait_for_selector(f"header span >> text=/running.*, (?!{before} )[0-9]+ epochs/")
            with tab.expect_navigation(timeout=60_000):  # it shows itself again
                pass
            assert "running" in tab.text_content("header span")
        finally:
            process.kill()
            process.stdout.close()
        process.wait()
        tab.goto(address)
        tab.wait_for_selector("#runs td >> text=/last commit [1-9][0-9]* s ago/")


@pytest.mark.browser
@pytest.mark.filterwarnings(QUIET)
def test_names_of_strangers_stay_text(tmp_path: Path, address: str) -> None:
    name = "<img src=x onerror=document.title='caught'>&amp;'\".h5"
    small_fit(tmp_path / "run.h5", 1)
    shutil.copyfile(tmp_path / "run.h5", tmp_path / "runs" / name)
    with chromium(tmp_path / "profile", is_offline=False) as browser:
        tab = browser.new_page()
        tab.goto(address)
        tab.wait_for_selector("#runs a")
        assert tab.text_content("#runs a") == name
        tab.click("#runs a")
        tab.wait_for_selector('[data-chart="loss"] .main-svg')
        assert tab.text_content("h1") == name
        assert tab.title() == name
    status, body = answer(address, f"/run?run={quote('<b>no</b>')}")
    assert status == 404
    assert "<b>" not in body


def test_only_runs_of_the_folder_are_shown_and_only_to_this_machine(
    tmp_path: Path, address: str
) -> None:
    small_fit(tmp_path / "outside.h5", 1)
    for name in ("../outside.h5", str(tmp_path / "outside.h5"), "runs/../../outside.h5"):
        assert answer(address, f"/run?run={quote(name, safe='')}")[0] == 404
    for path in ("/nothing", "/run", "/compare"):
        assert answer(address, path)[0] in (400, 404, 409)
    for path in ("/", "/runs.json", "/plotly.js"):
        assert answer(address, path, host="stranger.example")[0] == 403
    assert listed(address) == {}


def test_what_cannot_be_served_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a folder"):
        Listing(tmp_path / "nowhere")
    words = ["runs", "serve", str(tmp_path), "--host", "203.0.113.1"]  # of nobody: RFC 5737
    done = subprocess.run(
        [sys.executable, "-m", "ebana_core", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    assert done.returncode == 1
    assert "ParameterError: Nothing can listen at 203.0.113.1, port 8765" in done.stderr
    assert "port 0" in done.stderr
