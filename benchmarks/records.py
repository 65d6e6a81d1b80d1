"""What all benchmarks write: a record as JSON, with the versions and the machine it was made on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ebana_core.experiments.results import made_with

__all__ = ["made_with", "write_record"]


def write_record(path: Path, record: Mapping[str, Any], page: str = "") -> None:
    """Write a record.

    Args:
        path: The JSON file; its folder is made where there is none.
        record: What was measured.
        page: The same as Markdown, for a file beside it; empty: none is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    if page:
        path.with_suffix(".md").write_text(page)
