"""An environment of its own for each peer, in a folder that is kept."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs


class NotMeasuredError(Exception):
    """Why a peer is not measured, in one sentence."""


@attrs.frozen
class Packages:
    """What is installed for a peer.

    Args:
        wanted: Requirements, with what they need.
        alone: Requirements without what they need: what draws pictures needs a C library.
    """

    wanted: Sequence[str] = ()
    alone: Sequence[str] = ()


def cache_folder() -> Path:
    """Return where environments are kept unless told otherwise."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "ebana-peers"


def python_of(peer: str, packages: Packages, cache: Path) -> Path:
    """Return the Python of a peer's environment, which is made unless it is there.

    Raises:
        NotMeasuredError: It cannot be made.
    """
    folder = cache / peer
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(peer, [sys.executable, "-m", "venv", "--without-pip", str(folder)])
        install = _installer(peer, python)
        if packages.wanted:
            _run(peer, [*install, *packages.wanted])
        if packages.alone:
            _run(peer, [*install, "--no-deps", *packages.alone])
        stamp.touch()
    return python


def _installer(peer: str, python: Path) -> list[str]:
    """Return the command that installs into an environment."""
    if any(importlib.metadata.distributions(name="pip")):
        return [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", str(python)]
    raise NotMeasuredError(f"{peer} could not be installed: neither pip nor uv is here.")


def _run(peer: str, command: Sequence[str]) -> None:
    """Run one command of an installation."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotMeasuredError(f"{peer} could not be installed: {error}.") from error
    if done.returncode:
        lines = [
            line for line in done.stderr.splitlines() if "ERROR" in line and "ignored" not in line
        ] or [done.stderr]
        said = lines[-1].strip()
        raise NotMeasuredError(
            f"{peer} could not be installed, is there a network? the installer says: {said}"
        )
