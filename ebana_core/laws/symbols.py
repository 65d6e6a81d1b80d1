"""Symbols of devices in circuit diagrams, which laws name by one word."""

from collections.abc import Mapping

from ebana_core.checking import check_word

SYMBOLS: Mapping[str, str] = {
    "amplifier": "amplifiers",
    "box": "devices",
    "controlled_source": "controlled current sources",
    "current_source": "current sources",
    "diode": "diodes",
    "diode_pair": "antiparallel diodes",
    "ideal_diode": "ideal diodes",
    "memristor": "memristors",
    "nmos": "n-channel transistors",
    "output": "current sources",
    "pmos": "p-channel transistors",
    "potentiometer": "potentiometers",
    "resistor": "resistors",
    "voltage_source": "voltage sources",
}
"""Word to what several such devices are called."""


def check_symbol(owner: str, symbol: object) -> None:
    """Refuse a word that stands for no symbol; a property may stand for it.

    Args:
        owner: What the error calls the law.
        symbol: The word.

    Raises:
        ParameterError: Lists the words.
    """
    if not isinstance(symbol, property):
        check_word(symbol, f"{owner} has symbol", list(SYMBOLS))
