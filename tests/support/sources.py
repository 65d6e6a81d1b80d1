"""What a distribution is built from, copied, so that builds leave nothing in the checkout."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def copied(project: str, target: Path) -> Path:
    """Copy the files of a project that git knows, or would add, and return their folder."""
    listed = ["git", "ls-files", "-co", "--exclude-standard", "."]
    done = subprocess.run(listed, cwd=ROOT / project, capture_output=True, text=True, check=True)
    for name in done.stdout.split():
        if (ROOT / project / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / project / name).read_bytes())
    return target
