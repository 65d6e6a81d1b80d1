"""Photographs six pages in Chromium: what the project looks like.

Usage, after ``make docs``: python -m tools.screens [SITE]

Writes ``docs/images/screens/*.webp``: three pages of the documentation and the zoo's, the report
of a run that is trained for it, and the list of runs that `ebana runs serve` shows.
"""

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from ebana_core import Run, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.metrics import Metrics
from ebana_core.registry import load_registry
from ebana_core.zoo.demos import BETA, DEMOS
from tools.browser import executable

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images" / "screens"
SITE = ROOT / "build" / "site"

WIDTH, HEIGHT = 1280, 900
QUALITY = 72
"""Of WebP: text stays sharp, and a page takes less than `MOST_BYTES`."""
MOST_BYTES = 150_000
PAGES = {
    "home": "index",
    "from_zero": "from_zero",
    "notebook": "notebooks/first_network",
    "zoo": "zoo",
}
"""Picture to page of the documentation."""
SEEDS = 3
"""Runs in the list; the report is of the first."""


def trained(folder, seed):
    """Train the demo of the irises, record what a report shows, and return the run file."""
    demo, path = DEMOS["iris"](), folder / f"iris_{seed}.h5"
    model = demo.build(load_registry(), seed)
    model.fit(
        BatchGenerator(demo.train, batch_size=demo.batch_size),
        demo.loss,
        optimizers.Adam(model),
        epochs=20,
        beta=BETA,
        test_dataloader=demo.test,
        metrics=Metrics(
            model,
            verbose=False,
            save_output_voltages="last",
            save_power_params={"epoch_num": 2},
            measure_residual="every",
        ),
        run=path,
    )
    return path


@contextmanager
def served(folder):
    """Show the runs in a folder; yield the address."""
    words = [sys.executable, "-m", "ebana_core", "runs", "serve", folder.name, "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder.parent) as process:
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.terminate()


def photograph(tab, address, name, ready="body"):
    """Write what a page shows at its top."""
    tab.goto(address)
    tab.wait_for_selector(ready)
    # The machine that they were made on is nobody's business.
    tab.add_style_tag(content="header .quiet { display: none }")
    tab.wait_for_timeout(1000)  # charts and fonts come in pieces
    image = Image.open(BytesIO(tab.screenshot()))
    out = FOLDER / f"{name}.webp"
    image.convert("RGB").save(out, quality=QUALITY, method=6)
    size = out.stat().st_size
    assert size < MOST_BYTES, f"{out} takes {size} bytes"
    print(f"wrote {out.relative_to(ROOT)}, {size / 1000:.0f} kB")


def main(site=SITE):
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name) / "runs"
        folder.mkdir()
        first, *_ = [trained(folder, seed) for seed in range(SEEDS)]
        with Run.open(first) as run:
            report = run.report(Path(name) / "report.html")
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for picture, page in PAGES.items():
            photograph(tab, (Path(site) / f"{page}.html").resolve().as_uri(), picture)
        photograph(tab, report.as_uri(), "report", ".main-svg")
        with served(folder) as address:
            photograph(tab, address, "serve", "#runs a")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
