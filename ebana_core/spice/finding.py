"""Finds the definitions in a text, in one walk that looks at the first sign of most lines only."""

import re

from ebana_core.spice.definitions import DEEPEST, Branch, Definition, Place
from ebana_core.spice.lines import Source

DIRECTIVE = re.compile(
    r"\s*\.(subckt|macro|ends|eom|model|param|func|if|elseif|elif|else|endif|control|endc|global|option\w*|temp\b)",
    re.IGNORECASE,
)
END_OF_CONTROL = re.compile(r"\s*\.endc", re.IGNORECASE)


def find_definitions(source: Source) -> Definition:
    """Return the definitions in some lines; errors in the lines are left to whoever reads them."""
    return _Finder(source).found()


class _Finder:
    """Walks through lines once; of most it looks at the first sign only."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.top = Definition("", source)
        self.open = [self.top]
        self.branches: list[list[Branch]] = [[]]

    def found(self) -> Definition:
        lines, index = self.source.lines, 0
        while index < len(lines):
            line = lines[index]
            if line[:1] in ". " and (found := DIRECTIVE.match(line)):
                word = found[1].lower()
                if word == "control":
                    index = self._behind_control(index)
                    continue
                self._note(word, index)
            index += 1
        self._abandon(1, index)
        self.top.end = index
        for same in self.top.inner.values():
            same.sort(key=lambda own: own.line)
        return self.top

    def _behind_control(self, index: int) -> int:
        lines = self.source.lines
        while index < len(lines) and not END_OF_CONTROL.match(lines[index]):
            index += 1
        return index + 1

    def _note(self, word: str, index: int) -> None:
        current = self.open[-1]
        here = Place(index, tuple(self.branches[-1]))
        if word in ("subckt", "macro"):
            name = self._second_word(index)
            if len(self.open) > 2 * DEEPEST:  # too deep for anybody: their ends are missing
                self._abandon(len(self.open) - 1, index)
                current = self.open[-1]
            self.open.append(
                Definition(name, self.source, current, index, conditions=here.conditions)
            )
            self.branches.append([])
        elif word in ("ends", "eom"):
            self._end(index)
        elif word == "model":
            current.models.setdefault(self._second_word(index), []).append(here)
        elif word == "param":
            current.parameters.append(here)
        elif word == "func":
            current.functions.append(here)
        elif word == "global":
            current.globals.append(here)
        elif word == "temp" or word.startswith("option"):
            self._note_setting(word, current, here)
        else:
            self._branch(word, index)

    def _note_setting(self, word: str, current: Definition, here: Place) -> None:
        """Note a setting for the whole circuit; those in subcircuits are met by their reader."""
        if current is self.top:
            (current.temperatures if word == "temp" else current.options).append(here)

    def _branch(self, word: str, index: int) -> None:
        branches = self.branches[-1]
        if word == "if":
            branches.append(Branch((), index))
        elif branches and word == "endif":
            branches.pop()
        elif branches:
            last = branches[-1]
            before = (*last.refused, *([] if last.wanted is None else [last.wanted]))
            branches[-1] = Branch(before, None if word == "else" else index)

    def _second_word(self, index: int) -> str:
        """Return the name behind ``.model`` or ``.subckt``, in lower case."""
        words = self.source.lines[index].split(None, 2)
        if len(words) < 2:  # it stands on the line that continues this one
            words = self.source.continued(index).split(None, 2)
        return words[1].split("(")[0].lower() if len(words) > 1 else ""

    def _end(self, index: int) -> None:
        """Close the subcircuit that a line ends: the one that it names, if that is open."""
        words = self.source.lines[index].split()
        name = words[1].lower() if len(words) > 1 else ""
        if len(self.open) == 1:
            return
        if name in ("", self.open[-1].name):
            self._close(index)
            return
        named = [k for k, item in enumerate(self.open) if k and item.name == name]
        if named:  # what stands in one that does not end may belong to the one around it as well
            self._abandon(named[-1], index)
        else:
            self._close(index)

    def _close(self, index: int) -> None:
        """Close the innermost subcircuit."""
        definition = self.open.pop()
        self.branches.pop()
        definition.end, definition.is_closed = index, True
        self.open[-1].inner.setdefault(definition.name, []).append(definition)

    def _abandon(self, first: int, index: int) -> None:
        """Close subcircuits that never end; what follows belongs to the one around them all."""
        left, outer = self.open[first:], self.open[first - 1]
        del self.open[first:], self.branches[first:]
        for definition in left:
            definition.end = index
            outer.inner.setdefault(definition.name, []).append(definition)
            for name, found in definition.inner.items():
                for inner in found:
                    inner.outer = outer
                outer.inner.setdefault(name, []).extend(found)
            _move_behind(definition, outer)


def _move_behind(definition: Definition, outer: Definition) -> None:
    """Move what follows the first inner subcircuit of one that never ends to the one around it."""
    first = min((inner.line for found in definition.inner.values() for inner in found), default=-1)
    if first < 0:
        return
    for name, places in definition.models.items():
        if behind := [own for own in places if own.line > first]:
            outer.models.setdefault(name, []).extend(behind)
    outer.parameters.extend(own for own in definition.parameters if own.line > first)
    outer.functions.extend(own for own in definition.functions if own.line > first)
