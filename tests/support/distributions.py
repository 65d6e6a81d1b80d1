"""Distributions on disk, as an installer leaves them."""

from pathlib import Path


def fake_distribution(folder: Path, name: str, code: str) -> None:
    """Install one module with one entry point, version 1.2."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[ebana]\n{name} = {name}\n")
