"""What all benchmarks write: a record as JSON, with the versions and the machine it was made on."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core import __version__


def made_with() -> dict[str, Any]:
    """Return the versions, the machine and the number of threads that figures depend on."""
    return {
        "versions": {"ebana": __version__, "numpy": np.__version__},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }


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
