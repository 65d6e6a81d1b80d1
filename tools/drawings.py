"""Draws circuits for the pages, most for "from zero": `python -m tools.drawings` writes them."""

from collections.abc import Callable
from pathlib import Path

from tools.drawing import BLUE, GREEN, INK, ORANGE, PURPLE, Drawing

FOLDER = Path(__file__).parent.parent / "docs" / "images" / "zero"


def node() -> Drawing:
    """Three sources that pull at one node through resistors."""
    image = Drawing(720, 250, "Three sources pull at one node through three resistors")
    for place, (volts, siemens) in enumerate((("1 V", "2 µS"), ("0.5 V", "1 µS"), ("0 V", "1 µS"))):
        x, y = 90 + 150 * place, 140
        image.source(x, y, volts, BLUE)
        image.part("resistor", x, 95, 90)
        image.wire((x, y), (x, 120))
        image.wire((x, 70), (x, 45), (470, 45))
        image.text(x + 16, 100, siemens)
    image.dot(470, 45, ORANGE, 6)
    image.text(486, 41, "the node settles at", ORANGE)
    image.text(486, 63, "(2·1 + 1·0.5 + 1·0) / 4", ORANGE)
    image.text(486, 85, "= 0.625 V", ORANGE)
    return image


def pairs() -> Drawing:
    """One input as two voltages, whose conductances are subtracted."""
    image = Drawing(720, 250, "One input as a pair of voltages: the weight is a difference")
    for y, label, name in ((50, "x", "g⁺"), (150, "−x", "g⁻")):
        image.source(90, y, label, BLUE)
        image.wire((90, y), (170, y))
        image.resistor((170, y), (330, y), name, GREEN if y == 50 else PURPLE)
        image.wire((330, y), (370, y))
    image.wire((370, 50), (370, 150))
    image.dot(370, 100, ORANGE, 6)
    image.text(390, 92, "into a node at 0 V flows", ORANGE)
    image.text(390, 116, "g⁺·x + g⁻·(−x) = (g⁺ − g⁻)·x", ORANGE)
    image.text(390, 156, "g⁺ − g⁻ may have either sign,")
    image.text(390, 176, "though no conductance can.")
    return image


def clipping() -> Drawing:
    """A node between two diodes, and what it makes of its input."""
    image = Drawing(720, 270, "Two diodes keep a node between two voltages")
    image.text(30, 94, "in", BLUE)
    image.dot(56, 89, BLUE)
    image.resistor((56, 89), (190, 89), "crossbar")
    image.wire((190, 89), (330, 89))
    image.dot(230, 89, ORANGE, 6)
    image.text(336, 94, "out", ORANGE)
    image.wire((230, 89), (180, 89), (180, 110))
    image.part("diode", 180, 135, 90)
    image.text(166, 150, "“down”", anchor="end")
    image.wire((180, 160), (180, 170))
    image.part("ground", 180, 170)
    image.wire((280, 89), (280, 110))
    image.part("diode", 280, 135, -90)
    image.text(298, 140, "“up”")
    image.wire((280, 160), (280, 170))
    image.part("ground", 280, 170)
    image.text(60, 222, "“down” conducts above +0.3 V,")
    image.text(60, 244, "“up” below −0.3 V")
    _curve(image)
    return image


def _curve(image: Drawing) -> None:
    """Draw the transfer curve of a clipped node."""
    x, y = 555, 125
    image.arrow(x - 130, y, 265, 0)
    image.arrow(x, y + 100, 0, -205)
    image.text(x + 118, y + 22, "in", BLUE)
    image.text(x + 10, y - 92, "out", ORANGE)
    image.wire(
        (x - 120, y + 44),
        (x - 60, y + 40),
        (x + 60, y - 40),
        (x + 120, y - 44),
        colour=ORANGE,
        width=3,
    )
    image.wire((x - 5, y - 40), (x + 5, y - 40))
    image.text(x - 10, y - 36, "+0.3 V", anchor="end")
    image.wire((x - 5, y + 40), (x + 5, y + 40))
    image.text(x + 10, y + 45, "−0.3 V")


def network() -> Drawing:
    """The path of a signal through one hidden layer."""
    image = Drawing(720, 330, "Inputs, crossbar, diodes, amplifier, crossbar, output")
    for y, label in ((50, "x"), (160, "−x")):
        image.source(70, y, label, BLUE)
        image.resistor((70, y), (190, y), "G₁")
    image.wire((190, 50), (190, 160))
    image.wire((190, 105), (300, 105))
    image.dot(230, 105, ORANGE, 6)
    for x, turn in ((230, 90), (270, -90)):
        image.wire((x, 105), (x, 120))
        image.part("diode", x, 145, turn)
        image.part("ground", x, 170)
    image.part("amplifier", 322, 105)
    image.text(310, 110, "A")
    image.wire((344, 105), (390, 105))
    image.wire((390, 50), (390, 160))
    for y, name, turn in ((50, "first", 0), (160, "second", 180)):
        image.resistor((390, y), (510, y), "G₂")
        image.dot(510, y, GREEN, 6)
        image.wire((510, y), (560, y), (560, y + 5))
        image.part("current", 560, y + 35, turn, colour=PURPLE)
        image.part("ground", 560, y + 65)
        image.text(510, y - 14, name, GREEN, "middle")
    image.text(584, 90, "output = first", GREEN, size=13)
    image.text(584, 110, "− second", GREEN, size=13)
    image.text(584, 200, "current sources,", PURPLE, size=13)
    image.text(584, 220, "off when free", PURPLE, size=13)
    for x, what, more in (
        (70, "inputs", "in pairs"),
        (150, "crossbar", "learns"),
        (250, "diodes", "bend"),
        (322, "amplifier", "lifts"),
        (450, "crossbar", "learns"),
        (560, "outputs", "folded"),
    ):
        image.text(x, 288, what, anchor="middle", size=13)
        image.text(x, 308, more, anchor="middle", size=13)
    return image


def phases() -> Drawing:
    """The two phases, and what one resistor makes of them."""
    image = Drawing(720, 300, "The free phase, the nudged phase, and what one resistor compares")
    for x, title, colour, drop in (
        (30, "1. free phase", BLUE, "d"),
        (380, "2. nudged phase", ORANGE, "d′"),
    ):
        image.box(x, 20, 320, 190, colour)
        image.text(x + 14, 44, title, colour)
        image.source(x + 70, 100, "x", INK)
        image.resistor((x + 70, 100), (x + 230, 100), f"drop {drop}", colour)
        image.part("resistor", x + 230, 132, 90)
        image.wire((x + 230, 157), (x + 230, 165))
        image.part("ground", x + 230, 165)
        image.wire((x + 230, 100), (x + 230, 107))
        image.dot(x + 230, 100, colour, 6)
        image.text(x + 230, 76, "p" if x == 30 else "p′", colour, "middle")
    image.text(120, 150, "no current", BLUE)
    image.text(120, 170, "is injected;", BLUE)
    image.text(120, 190, "read p", BLUE)
    image.wire((610, 100), (660, 100), (660, 105))
    image.part("current", 660, 135, colour=PURPLE)
    image.part("ground", 660, 165)
    image.text(474, 150, "inject β ×", PURPLE)
    image.text(474, 170, "error towards", PURPLE)
    image.text(474, 190, "the target", PURPLE)
    image.text(
        360, 244, "3. every resistor compares its own two drops, and nothing else:", anchor="middle"
    )
    image.text(80, 274, "gradient = (d′² − d²) / (2β)", GREEN)
    image.text(360, 274, "G becomes G − learning rate × gradient", GREEN)
    return image


def stages() -> Drawing:
    """Two stages and their weights."""
    image = Drawing(720, 230, "An amplifier separates two stages, whose currents count differently")
    image.box(24, 24, 270, 140, BLUE)
    image.box(416, 24, 280, 140, GREEN)
    image.text(40, 50, "first stage", BLUE)
    image.text(432, 50, "last stage", GREEN)
    image.dot(70, 100)
    image.resistor((70, 100), (270, 100), "G₁")
    image.wire((270, 100), (333, 100))
    image.part("amplifier", 355, 100)
    image.text(355, 62, "gain A = 4", anchor="middle")
    image.wire((377, 100), (430, 100))
    image.resistor((430, 100), (640, 100), "G₂")
    image.dot(640, 100, GREEN, 6)
    image.text(640, 84, "out", GREEN, "middle")
    image.text(159, 146, "weight W = A² = 16", BLUE, "middle")
    image.text(556, 146, "weight W = 1", GREEN, "middle")
    image.text(
        360, 194, "A nudge at the output moves the first stage A times less,", anchor="middle"
    )
    more = "while a change there moves the output A times more: multiply by A²."
    image.text(360, 214, more, anchor="middle")
    return image


def block() -> Drawing:
    """A clamp of two diodes between two sources, in a frame, and an amplifier behind it."""
    image = Drawing(720, 270, "A clamp of two diodes and two sources, and an amplifier behind it")
    image.source(70, 60, "in", BLUE)
    image.resistor((70, 60), (190, 60), "crossbar")
    image.wire((190, 60), (500, 60))
    image.box(196, 36, 250, 214, ORANGE)
    image.text(212, 54, "a", ORANGE)
    for x, turn, name, volts in ((270, 90, "down", "high"), (390, -90, "up", "low")):
        image.dot(x, 60)
        image.wire((x, 60), (x, 75))
        image.part("diode", x, 100, turn)
        image.text(x - 16, 105, name, anchor="end")
        image.wire((x, 125), (x, 150))
        image.source(x, 150, volts, GREEN)
    image.part("amplifier", 522, 60)
    image.text(522, 104, "amp", anchor="middle")
    image.wire((544, 60), (600, 60))
    image.dot(600, 60, BLUE, 6)
    image.text(616, 65, "out", BLUE)
    image.text(470, 160, "The frame is what you draw", ORANGE, size=13)
    image.text(470, 180, "in PySpice; the voltages of", ORANGE, size=13)
    image.text(470, 200, "its sources will learn", ORANGE, size=13)
    return image


PICTURES: tuple[Callable[[], Drawing], ...] = (
    node, pairs, clipping, network, phases, stages, block,
)  # fmt: skip


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        (FOLDER / f"{picture.__name__}.svg").write_text(str(picture()))


if __name__ == "__main__":
    main()
