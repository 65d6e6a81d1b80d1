"""How a run shows itself: in a notebook, and on a line."""

from html import escape

import numpy as np

from ebana_core.paths import in_unicode
from ebana_core.storage.run_reader import RunReader
from ebana_core.tables import html_table


def run_table(run: RunReader) -> str:
    """Return what a run is, as HTML: state, last scores, settings, what was recorded."""
    rows = [("", ""), ("status", run.status), ("epochs", str(run.n_epochs))]
    rows.append(("seed", str(run.seed)))
    for column, values in run.scores.items():
        known = values[~np.isnan(values)]
        if len(known) and column.startswith(("train_", "validation_")):
            rows.append((column.replace("_", " "), f"{known[-1]:.5g}"))
    rows += [(name, str(value)) for name, value in run.settings.items()]
    rows.append(("recorded", ", ".join(run.places)))
    return f"<b>{escape(in_unicode(run.path.name))}</b>{html_table(rows, left=2, header=False)}"


def run_line(run: RunReader) -> str:
    """Return what a run is, on one line."""
    part = run.commit.partial_batches
    more = f" and {part} batches" if part else ""
    return f"Run({str(run.path)!r}, {run.status}, {run.n_epochs} epochs{more})"
