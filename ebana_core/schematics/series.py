"""Devices in line: from each node on the left to one on the right."""

from collections.abc import Iterator
from typing import final

import attrs

from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.parts import SMALL, Dot, Part, Symbol, Text, Wire, text_width

LENGTH = 1.3
"""Of a device with its leads."""
BACK = 0.72
"""How far below the amplifier its way back lies."""


@attrs.frozen(eq=False)
class Series(Block):
    """A device in every wire."""

    @property
    def inner_width(self) -> float:
        labels = [label for *_, label in self._devices()]
        wide = max((text_width(label, SMALL) for label in labels), default=0.0)
        return 2 * MARGIN + max(LENGTH, wide) + self.name_width()

    @property
    def centre(self) -> float:
        return MARGIN + LENGTH / 2

    def _devices(self) -> Iterator[tuple[int, int, bool, str]]:
        """Yield left and right node, whether its head is on the left, and label of each drawn."""
        devices, lefts, rights = self.devices, set(self.lefts), set(self.rights)
        ends = zip(devices.heads.tolist(), devices.tails.tolist(), strict=True)
        for k, (head, tail) in enumerate(ends):
            if head in lefts and tail in rights:
                yield head, tail, True, devices.label(k)
            elif tail in lefts and head in rights:
                yield tail, head, False, devices.label(k)

    def right_heights(self, lefts: Heights) -> list[float]:
        known = dict(zip(self.lefts, lefts, strict=True))
        known |= {right: known[left] for left, right, *_ in self._devices()}
        return [known[node] for node in self.rights]

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        heights = dict(zip(self.lefts, lefts, strict=True))
        x = MARGIN
        for left, _, is_forward, label in self._devices():
            y = heights[left]
            yield Wire(((0.0, y), (x, y)))
            yield from self.device((x, y), (x + LENGTH, y), label, is_forward=is_forward)
        for node, y in heights.items():
            if node in self.rights:
                yield Wire(((0.0, y), (x, y)))
        yield from self.named(rights, x + LENGTH)
        yield from self.gaps(self.lefts, lefts, 0.12)

    def device(
        self, start: tuple[float, float], end: tuple[float, float], label: str, *, is_forward: bool
    ) -> Iterator[Part]:
        """Yield a device between two points, and what differs."""
        devices = self.devices
        head, tail = (start, end) if is_forward else (end, start)
        yield Symbol(devices.symbol, head, tail, devices.element, devices.colour)
        if label:
            at = (start[0] + end[0]) / 2, start[1] + 0.55
            yield Text(at, label, "middle", devices.colour, SMALL)


@final
@attrs.frozen(eq=False)
class AmplifierRow(Series):
    """Amplifiers with their way back: the input loses what leaves the output, over the gain."""

    below = 1.3

    def device(
        self, start: tuple[float, float], end: tuple[float, float], label: str, *, is_forward: bool
    ) -> Iterator[Part]:
        devices, y = self.devices, start[1]
        gain = label or "A"
        yield Symbol("amplifier", start, end, devices.element, devices.colour, gain)
        near, far = start[0], end[0]
        yield Wire(((near, y), (near, y + BACK), (near + 0.4, y + BACK)))
        yield Wire(((far, y), (far, y + BACK), (far - 0.4, y + BACK)))
        back = (far - 0.4, y + BACK), (near + 0.4, y + BACK)
        yield Symbol("back", *back, "", devices.colour, f"I/{gain}")
        yield Dot(start)
        yield Dot(end)

    @property
    def caption(self) -> list[str]:
        lines = super().caption
        return [line.replace("gain ", "gain A = ") for line in lines]
