"""Files within files: ``.include``, ``.lib file section``, sections ``.lib NAME`` to ``.endl``.

What a file includes lies in the folder of the file that the user named, or below it: a library
from a stranger cannot have other files of this machine read.
"""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import attrs

from ebana_core.errors import CircuitError, EbanaError, StorageError
from ebana_core.spice.files import LARGEST_FILE, decoded, found_beside, read_bytes
from ebana_core.spice.lines import COMMENT, Origin, Source

DIRECTIVE = re.compile(r"\s*\.(inc\w*|lib|endl)\b(.*)", re.IGNORECASE)
WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
ANY_DIRECTIVE = re.compile(r"^ *\.(?:inc|lib|endl)", re.IGNORECASE | re.MULTILINE)
DEEPEST_FILE = 10
"""Largest number of files that include each other in a chain."""
Around = tuple[tuple[Path, str], ...]
"""Files that include each other, each with the section that is read; a section may use another one
of its file."""


@attrs.frozen(eq=False)
class Reading:
    """A file with all that it includes.

    Args:
        source: Its lines.
        digests: Path to the digest of each file that was read.
        meanings: Path that is written to the file of another name that it means; None: no file.
        problems: What could not be included, and why.
        sections: Names of its sections.
    """

    source: Source
    digests: dict[str, bytes]
    meanings: dict[str, Path | None]
    problems: tuple[str, ...]
    sections: tuple[str, ...]


def read_source(path: str | os.PathLike[str], section: str | None = None) -> Reading:
    """Return the lines of a file; what it includes stands where it includes it.

    Args:
        path: The file.
        section: The section ``.lib NAME`` ... ``.endl`` to read; None: what lies outside of all.

    Raises:
        StorageError: The file itself cannot be read.
        CircuitError: It has no such section.
    """
    return _Includer(Path(path)).read(section)


class _Includer:
    """Collects lines of files, in the order in which they are included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.resolve().parent
        self.lines: list[str] = []
        self.origins: list[Origin] = []
        self.digests: dict[str, bytes] = {}
        self.meanings: dict[str, Path | None] = {}
        self.problems: list[str] = []
        self.size = 0
        self.is_plain = False

    def read(self, section: str | None) -> Reading:
        lines = self._lines_of(self.path)
        if self.is_plain and section is None:
            return Reading(Source(lines, (Origin(0, self.path.name, 1),)), self.digests, {}, (), ())
        sections = tuple(dict.fromkeys(name for _, name in _sections(lines)))
        self._add(self.path, lines, section, ())
        source = Source(self.lines, self.origins or (Origin(0, self.path.name, 1),))
        return Reading(source, self.digests, self.meanings, tuple(self.problems), sections)

    def _lines_of(self, path: Path) -> list[str]:
        data = read_bytes(path)
        self.size += len(data)
        if self.size > LARGEST_FILE:
            raise StorageError(
                f"{self.path} includes files of more than {LARGEST_FILE} bytes.",
                "read the file that holds the model",
            )
        self.digests[str(path)] = sha256(data).digest()
        text = decoded(data)
        self.is_plain = ANY_DIRECTIVE.search(text) is None
        return text.split("\n")

    def _add(self, path: Path, lines: list[str], section: str | None, around: Around) -> None:
        """Add lines of a file: those of one section, or those outside of all sections."""
        wanted = (section or "").lower()
        starts = dict(_sections(lines))
        if wanted and wanted not in starts.values():
            raise CircuitError(
                f"{path.name} has no section {section!r}; it has {sorted(set(starts.values()))}.",
                "name one of them",
            )
        current, begun = "", 0
        for index, line in enumerate(lines):
            found = DIRECTIVE.match(line) if "." in line else None
            if found is None:
                continue
            if current == wanted:  # the lines up to here belong to what is read
                self._take(path, lines, begun, index)
            begun = index + 1
            if index in starts:
                current = starts[index]
            elif found[1].lower() == "endl":
                current = ""
            elif current == wanted:
                self._follow(found[2], path, index, (*around, (path.resolve(), wanted)))
        if current == wanted:
            self._take(path, lines, begun, len(lines))

    def _take(self, path: Path, lines: list[str], first: int, last: int) -> None:
        if last > first:
            self.origins.append(Origin(len(self.lines), path.name, first + 1))
            self.lines.extend(lines[first:last])

    def _follow(self, rest: str, path: Path, index: int, around: Around) -> None:
        """Include the file that a line names; note it where that cannot be done."""
        words = _words(rest)
        place = f"{path.name}, line {index + 1}"
        try:
            if not words:
                raise CircuitError(f"{place} includes no file.", "name the file")
            # Files from Windows write folders with backslashes.
            wanted = path.parent / words[0].replace("\\", "/")
            found = found_beside(wanted)
            target = found or wanted
            if found != wanted:
                self.meanings[str(wanted)] = found
            real = target.resolve()
            if not real.is_relative_to(self.folder):
                raise CircuitError(
                    f"{place} includes {words[0]!r}, which lies outside of {self.folder}.",
                    "copy it beside the file that includes it",
                )
            section = words[1] if len(words) > 1 else None
            _check_chain((real, (section or "").lower()), around)
            self._add(target, self._lines_of(target), section, around)
        except (CircuitError, StorageError, OSError, ValueError) as error:
            problem = error.problem if isinstance(error, EbanaError) else str(error)
            self.problems.append(f"{place}: {problem}")


def _check_chain(wanted: tuple[Path, str], around: Around) -> None:
    """Refuse a file that includes itself, through others or not, and files nested too deep."""
    chain = [*around, wanted]
    if wanted in around:
        circle = " -> ".join(_named(*item) for item in chain[around.index(wanted) :])
        raise CircuitError(f"it closes a circle of files: {circle}.", "break it up")
    if len(around) >= DEEPEST_FILE:
        told = " -> ".join(_named(*item) for item in chain)
        raise CircuitError(
            f"it is nested too deep: {told}.",
            f"include at most {DEEPEST_FILE} files within each other",
        )


def _named(path: Path, section: str) -> str:
    return f"{path.name} ({section})" if section else path.name


def _words(rest: str) -> list[str]:
    text = COMMENT.sub("", rest)
    return ["".join(groups) for groups in WORD.findall(text)]


def _sections(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield where sections begin, and their names: ``.lib`` of one word before an ``.endl``."""
    candidate: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        found = DIRECTIVE.match(line) if "." in line else None
        if found is None or found[1].lower().startswith("inc"):
            continue
        words = _words(found[2])
        if found[1].lower() == "endl":
            if candidate:
                yield candidate
            candidate = None
        elif len(words) == 1:
            candidate = index, words[0].lower()
