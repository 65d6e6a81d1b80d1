"""Device models in the words of other simulators than ngspice.

A word passes where it means the same there. A word that says nothing is left out. Any other word
would be lost or misunderstood, and is refused.
"""

from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.errors import UnsupportedError
from ebana_core.laws.bjt_numbers import BJT, LARGEST_RATIO
from ebana_core.laws.diode_words import DIODE
from ebana_core.laws.jfet import JFET
from ebana_core.laws.known_words import KnownWords, named
from ebana_core.laws.mosfet_numbers import MOSFET
from ebana_core.laws.spice import ModelCard

KNOWN: Mapping[str, KnownWords] = {
    "d": DIODE,
    **dict.fromkeys(["nmos", "pmos"], MOSFET[1]),
    **dict.fromkeys(["npn", "pnp"], BJT),
    **dict.fromkeys(["njf", "pjf"], JFET),
}
CHANNEL = named("vto kp gamma phi lambda is js rd rs rsh ld tnom w l")
BIPOLAR = named("is bf br nf nr vaf var ikf ikr ise isc ne nc rb rbm irb rc re eg xti xtb tnom")
JUNCTION_TRANSISTOR = named("vto beta lambda is rd rs tnom")
MINIMAL = named("is n rs eg xti tnom")
"""Words of a diode that every simulator has."""
BREAKDOWN = named("bv ibv nbv")
RECOMBINATION = named("isr nr vj m fc")
WARMING = named("trs1 trs2")
DOPING = ("vto", "kp", "gamma", "phi")
"""What a level-1 model computes of its doping and its oxide where it does not say it itself, with
constants of nature that differ between simulators."""
DOPED = named("u0 nsub nss tpg tox")
CHARGES: Mapping[str, frozenset[str]] = {
    "d": named("tt cjo vj m fc"),
    "nmos": named("cbd cbs cgso cgdo cgbo cj mj cjsw mjsw pb fc"),
    "npn": named("cje vje mje tf xtf vtf itf ptf cjc vjc mjc xcjc tr cjs vjs mjs fc"),
    "njf": named("cgs cgd pb fc"),
}
"""Words of charges that SPICE's descendants share, for those who go on to transients."""
FAMILY = {"pmos": "nmos", "pnp": "npn", "pjf": "njf"}
"""Type of a model to the one whose words it shares."""


@final
@attrs.frozen
class Vocabulary:
    """The words that a simulator shares with ngspice.

    Args:
        simulator: As errors call it.
        diode: Words of a diode, as for what follows.
        charges: Words of charges pass, too.
    """

    simulator: str
    diode: frozenset[str]
    charges: bool = True

    def words(self, card: ModelCard, element: str) -> dict[str, float]:
        """Return the words of a model, in ngspice's names.

        Args:
            card: As ngspice has it.
            element: For errors.

        Raises:
            UnsupportedError: The simulator has no such device, or no such word; names it.
        """
        if card.path is not None:
            raise self._refusal(element, f"a model in the file {card.path!r}")
        if card.type not in KNOWN:
            raise self._refusal(element, f"a model of type {card.type!r}")
        known = KNOWN[card.type]
        given = {known.other_names.get(key, key): value for key, value in card.numbers}
        self._check_level(given, element)
        found = self._kept(given, FAMILY.get(card.type, card.type), known, element)
        return found

    def _check_level(self, given: Mapping[str, float], element: str) -> None:
        if given.get("level", 1) != 1:
            raise self._refusal(element, f"a model of level {given['level']:g}")

    def _kept(
        self, given: Mapping[str, float], family: str, known: KnownWords, element: str
    ) -> dict[str, float]:
        kept = self._meant(family)
        charges = CHARGES[family] if self.charges else frozenset()
        found: dict[str, float] = {}
        for word, value in given.items():
            if word in kept:
                found[word] = value
            elif family == "nmos" and word in DOPED:
                self._check_doping(given, element)
            elif word in known.law and value != known.law[word].default and word != "level":
                raise self._refusal(element, f"the word {word!r} in its model")
            if word in charges or word == "cj0":
                found["cjo" if word == "cj0" else word] = value
        if family == "npn":
            self._check_leakage(found, element)
        return {**self._stated(family, found), **found}

    def _meant(self, family: str) -> frozenset[str]:
        others = {"nmos": CHANNEL, "npn": BIPOLAR, "njf": JUNCTION_TRANSISTOR}
        return self.diode if family == "d" else others[family]

    def _check_doping(self, given: Mapping[str, float], element: str) -> None:
        missing = [word for word in DOPING if word not in given]
        if missing and (given.get("tox") or given.get("nsub")):
            raise self._refusal(element, f"a model by doping, without {', '.join(missing)}")

    def _check_leakage(self, found: Mapping[str, float], element: str) -> None:
        for word in ("ise", "isc"):
            if found.get(word, 0.0) > LARGEST_RATIO:
                raise self._refusal(element, f"{word} as a ratio")

    def _stated(self, family: str, found: Mapping[str, float]) -> dict[str, float]:
        """Return ngspice's defaults where another simulator has others."""
        stated: dict[str, float] = {}
        if "bv" in found:
            stated |= {"ibv": 1e-3, "nbv": found.get("n", 1.0)}
        if found.get("isr"):
            stated |= {"nr": 1.0, "vj": 1.0, "m": 0.5}
        if family == "npn":
            stated |= {"is": 1e-16, "bf": 100.0, "br": 1.0, "ne": 1.5, "nc": 2.0}
        if family == "njf":
            stated |= {"vto": -2.0, "beta": 1e-4}
        if family == "nmos":
            stated |= {"vto": 0.0, "kp": 2e-5, "phi": 0.6, "is": 1e-14, "gamma": 0.0, "lambda": 0.0}
        return stated

    def _refusal(self, element: str, what: str) -> UnsupportedError:
        return UnsupportedError(
            f"Element {element!r} has {what}, which {self.simulator} does not have, or has with "
            "another meaning.",
            "give the device a model without it",
        )
