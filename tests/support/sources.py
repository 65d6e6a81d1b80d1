"""What a distribution is built from, copied, so that builds leave nothing in the checkout."""

import subprocess
from pathlib import Path

from tests.support.project import ROOT

BUILT = {".git", ".venv", "__pycache__", "build", "dist"}
"""Folders of no source distribution."""


def copied(project: str, target: Path) -> Path:
    """Copy the files of a project that git knows, or would add, and return their folder.

    In an unpacked source distribution, which git does not know: all but what a build leaves.
    """
    for name in _names(ROOT / project):
        if (ROOT / project / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / project / name).read_bytes())
    return target


def _names(folder: Path) -> list[str]:
    if (ROOT / ".git").exists():
        listed = ["git", "ls-files", "-co", "--exclude-standard", "."]
        done = subprocess.run(listed, cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [str(path) for path in paths if not BUILT & set(path.parts)]
