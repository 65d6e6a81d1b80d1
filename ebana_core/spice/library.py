"""Libraries of models and subcircuits; of their files only the parts asked for are read."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from ebana_core.errors import CircuitError, UnknownNameError
from ebana_core.objects import checked_instance
from ebana_core.paths import checked_path
from ebana_core.spice.definitions import Definition
from ebana_core.spice.finding import find_definitions
from ebana_core.spice.includes import Reading, read_source
from ebana_core.spice.models import Model, plain_type
from ebana_core.spice.scopes import Scopes
from ebana_core.spice.subcircuit import Subcircuit, flattened, only_one
from ebana_core.spice.watching import Meaning, Watch

SHOWN = 20
"""Largest number of names that an error lists."""
KEPT = 8
"""Largest number of libraries that are kept in memory after they were read."""


@attrs.frozen(eq=False)
class Models(Mapping[str, Model]):
    """Name, in lower case, to model; each is read when it is asked for.

    Args:
        library: That holds them.
    """

    library: "Library"

    def __getitem__(self, name: str) -> Model:
        return self.library.model(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.library.top.models)

    def __len__(self) -> int:
        return len(self.library.top.models)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.library.top.models


@attrs.frozen(eq=False)
class Library:
    """A file of models and subcircuits, with all files that it includes.

    What one model or subcircuit holds concerns no other one: errors arise where they are asked for.

    Args:
        path: The file.
        top: What it defines.
        problems: What it includes and what could not be read, with the reason.
        sections: Names of its sections, which `read_library` chooses from.
    """

    path: Path
    top: Definition
    problems: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def models(self) -> Models:
        """The models around all subcircuits, by name."""
        return Models(self)

    @property
    def subcircuit_names(self) -> list[str]:
        """Names of the subcircuits that stand in no other one, in lower case, in their order."""
        return list(self.top.inner)

    def model_names(self, *types: str) -> list[str]:
        """Return the names of models of some types, such as ``"d"``; of all without any.

        Those that cannot be read have no type.
        """
        if not types:
            return list(self.top.models)
        wanted = {kind.lower() for kind in types}
        return [name for name in self.top.models if self._type(name) in wanted]

    def _type(self, name: str) -> str:
        line = self.top.models[name][0].line
        words = self.top.source.continued(line).lower().replace("(", " ").split()
        types = [word for word in words[2:4] if not word.startswith("ako:")]
        return plain_type(types[0]) if types else ""

    def model(self, name: str) -> Model:
        """Return a model; of several of one name the first counts, as in ngspice.

        Raises:
            UnknownNameError: The file holds none of that name outside of subcircuits.
            CircuitError: It cannot be read; names file, line and word.
        """
        scopes = Scopes(self.top, is_temperate=False)  # whoever uses it chooses the temperature
        found = scopes.model(scopes.outermost, str(name).lower())
        if found is None:
            inside = [own.name for own in _all_within(self.top) if str(name).lower() in own.models]
            hint = (
                f"It stands within the subcircuits {', '.join(inside[:SHOWN])}." if inside else ""
            )
            raise self._unknown("model", name, list(self.top.models), hint)
        return found

    def subcircuit(self, name: str | None = None) -> Subcircuit:
        """Return a subcircuit, flattened; of several of one name the first counts.

        Args:
            name: Of the subcircuit; None: the file holds one that no other of its own uses.

        Raises:
            UnknownNameError: The file holds none of that name.
            CircuitError: It, or something that it uses, cannot be read; names file and line.
        """
        if name is None:
            name = only_one(self.top, str(self.path))
        if not isinstance(name, str) or name.lower() not in self.top.inner:
            raise self._unknown("subcircuit", name, self.subcircuit_names)
        try:
            return flattened(self.top, name)
        except CircuitError as error:
            # What is missing may stand in a file that could not be included.
            for problem in self.problems:
                error.add_note(problem)
            raise

    def _unknown(self, what: str, name: str, known: list[str], hint: str = "") -> UnknownNameError:
        shown = ", ".join(sorted(known)[:SHOWN]) or "none"
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        hints = [f"It has the sections {list(self.sections)}."] if self.sections else []
        text = " ".join([hint, *hints, *self.problems])
        return UnknownNameError(
            f"{self.path} holds no {what} {name!r}; it holds {shown}{more}. {text}".strip(),
            "use one of these names, or another file",
        )


def _all_within(definition: Definition) -> Iterator[Definition]:
    """Yield the subcircuits in a definition, and those in them."""
    waiting = [definition]
    while waiting:
        for found in waiting.pop().inner.values():
            yield from found
            waiting.extend(found)


class LibraryShelf:
    """Keeps the libraries that were read last; each counts as long as its files stay the same."""

    def __init__(self, size: int = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.clock = size, clock
        self._kept: dict[tuple[str, str | None], tuple[Library, Sequence[Watch | Meaning]]] = {}

    def read(self, path: str | os.PathLike[str], section: str | None = None) -> Library:
        """Return a library, read again where one of its files has changed.

        Raises:
            StorageError: The file cannot be read.
            CircuitError: It has no such section.
        """
        if section is not None:
            checked_instance(section, str, "section", "name a section, or leave it out")
        key = os.fspath(checked_path(path).absolute()), section
        # Taken out, and put back behind all others: the first one was used longest ago.
        library, watched = self._kept.pop(key, (None, ()))
        if library is None or not all(own.is_same() for own in watched):
            reading = read_source(path, section)
            library, watched = _library(Path(path), reading), self._watches(reading)
        self._kept[key] = library, watched
        for oldest in list(self._kept)[: -self.size]:
            self._kept.pop(oldest, None)
        return library

    def _watches(self, reading: Reading) -> Sequence[Watch | Meaning]:
        files = (Watch(*item, self.clock) for item in reading.digests.items())
        return (*files, *(Meaning(*item) for item in reading.meanings.items()))


def _library(path: Path, reading: Reading) -> Library:
    top = find_definitions(reading.source)
    return Library(path, top, reading.problems, reading.sections)


SHELF = LibraryShelf()
"""The memory of `read_library`."""


def read_library(path: str | os.PathLike[str], section: str | None = None) -> Library:
    """Return a SPICE file as a library of models and subcircuits.

    Args:
        path: The file; what it includes must lie in its folder or below.
        section: The section ``.lib NAME`` ... ``.endl`` to read; None: what lies outside of all.

    Raises:
        StorageError: The file cannot be read.
        CircuitError: It has no such section.
    """
    return SHELF.read(path, section)
