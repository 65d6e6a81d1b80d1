"""The runs in a folder as they stand now; a file is read again once it has changed."""

from pathlib import Path
from typing import Any, final

from ebana_core.errors import EbanaError, StorageError, UnknownNameError
from ebana_core.paths import checked_path, in_unicode
from ebana_core.pictures.comparison import comparison
from ebana_core.pictures.page import Served
from ebana_core.pictures.report import report
from ebana_core.storage.comparison import compared, opened, status_in_words
from ebana_core.storage.run import Run

PATTERNS = ("*.h5", "*/*.h5")
"""Runs lie in the folder, or in folders of it: one per experiment, for example."""
Stamp = tuple[int, int]


@final
class Listing:
    """The run files in a folder and in the folders in it.

    Args:
        folder: Where they are. Nothing is written there.

    Raises:
        StorageError: It is not a folder.
    """

    def __init__(self, folder: Path) -> None:
        if not checked_path(folder).is_dir():
            raise StorageError(f"{folder} is not a folder.", "name a folder of run files")
        self.folder = folder
        self._known: dict[str, tuple[Stamp, dict[str, Any]]] = {}

    def files(self) -> dict[str, Path]:
        """Return the name of every run file, with / between folders, and its path."""
        found = (path for pattern in PATTERNS for path in self.folder.glob(pattern))
        return {
            in_unicode(path.relative_to(self.folder).as_posix()): path
            for path in sorted(found)
            if path.is_file()
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return what is known of every run, the latest first, as plain data for JSON.

        Those that cannot be read have an ``error`` in place of their scores.
        """
        files = self.files()
        self._known = {name: own for name, own in self._known.items() if name in files}
        rows = [row for name, path in files.items() if (row := self._row(name, path)) is not None]
        return sorted(rows, key=lambda row: -row["changed"])

    def page(self, name: str, served: Served) -> str:
        """Return the report of a run.

        Raises:
            UnknownNameError: The folder has no run of this name.
            StorageError: It cannot be read.
        """
        with Run.open(self._file(name)) as run:
            return report(run, served)

    def page_of(self, names: list[str], served: Served) -> str:
        """Return the comparison of several runs.

        Raises:
            UnknownNameError: The folder has no run of one of these names.
            StorageError: One cannot be read.
        """
        with opened(Run.open, [self._file(name) for name in names]) as runs:
            return comparison(runs, served)

    def _file(self, name: str) -> Path:
        files = self.files()
        if name not in files:
            raise UnknownNameError(f"There is no run {name!r} in {self.folder}.", "see the list: /")
        return files[name]

    def _row(self, name: str, path: Path) -> dict[str, Any] | None:
        try:
            found = path.stat()
        except OSError:  # it went away in the meantime
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        known = self._known.get(name)
        if known is None or known[0] != stamp:
            known = self._known[name] = stamp, _facts(name, path)
        facts = dict(known[1])
        status, ended = facts.pop("status", ""), facts.pop("ended", 0.0)
        return {**facts, "status": status_in_words(status, ended), "changed": found.st_mtime}


def _facts(name: str, path: Path) -> dict[str, Any]:
    try:
        with Run.open(path) as run:
            (row,) = compared({name: run})
            kept = {key: value for key, value in row.items() if not key.startswith("settings.")}
            plain = {key: None if value != value else value for key, value in kept.items()}
            wanted = run.settings.get("epochs")
            return {**plain, "run": name, "wanted": wanted, "ended": run.ended}
    except EbanaError as error:
        return {"run": name, "error": str(error)}
