"""A small language of our own: sentences that agree in number, and what may follow what."""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

STOP = "."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOUNS = _listed(
    "child bird horse robot king baker teacher river garden machine student doctor neighbour "
    "captain painter wolf fox sailor pilot farmer"
)
VERBS = _listed("sees likes follows calls finds helps hears paints carries watches meets fears")
ADJECTIVES = _listed("small old red quiet brave clever green tired happy strange proud lonely")
ADVERBS = _listed("often never always seldom gladly")
PLACES = _listed("near behind beside under above")
SINGULAR, PLURAL, EITHER = ("a", "every", "this"), ("all", "these", "many"), ("the", "my", "our")


def plural(noun: str) -> str:
    """Return the plural of a noun."""
    odd = {"child": "children", "wolf": "wolves", "fox": "foxes"}
    return odd.get(noun, noun + "s")


def base(verb: str) -> str:
    """Return the form of a verb that follows a plural."""
    odd = {"carries": "carry", "watches": "watch"}
    return odd.get(verb, verb[:-1])


@attrs.frozen
class Grammar:
    """Sentences whose subjects and verbs agree: a small child often sees the wolves.

    A state is what has been said so far, as far as it decides what may follow: the part of the
    sentence, whether a determiner fixed the number, and that number.
    """

    words: tuple[str, ...] = attrs.field(init=False)

    @words.default
    def _all_words(self) -> tuple[str, ...]:
        forms = [*SINGULAR, *PLURAL, *EITHER, *ADJECTIVES, *NOUNS, *map(plural, NOUNS)]
        forms += [*ADVERBS, *VERBS, *map(base, VERBS), *PLACES, STOP]
        return tuple(forms)

    def next_words(self, said: Sequence[str]) -> tuple[str, ...]:
        """Return what may follow the words of a sentence so far; nothing: it was wrong or ended."""
        part, number, qualified = "subject", "", False
        for word in said:
            allowed = self._allowed(part, number, qualified=qualified)
            if word not in allowed:
                return ()
            part, number, qualified = self._after(part, number, word)
        return self._allowed(part, number, qualified=qualified)

    def is_sentence(self, words: Sequence[str]) -> bool:
        """Tell whether words are a whole sentence."""
        return bool(words) and words[-1] == STOP and words[-1] in self.next_words(words[:-1])

    def sentence(self, rng: np.random.Generator) -> list[str]:
        """Return a sentence, word by word evenly from what may follow, its stop included."""
        said: list[str] = []
        while not said or said[-1] != STOP:
            said.append(str(rng.choice(self.next_words(said))))
        return said

    def _allowed(self, part: str, number: str, *, qualified: bool) -> tuple[str, ...]:
        match part:
            case "subject" | "object" | "place":
                return (*SINGULAR, *PLURAL, *EITHER)
            case "subject noun" | "object noun" | "place noun":
                adjectives = () if qualified else ADJECTIVES
                singular = () if number == "plural" else NOUNS
                several = () if number == "singular" else tuple(map(plural, NOUNS))
                return (*adjectives, *singular, *several)
            case "verb":
                adverbs = () if qualified else ADVERBS
                return (*adverbs, *(VERBS if number == "singular" else map(base, VERBS)))
            case "rest":
                return (*PLACES, STOP)
            case "end":
                return (STOP,)
        return ()

    def _after(self, part: str, number: str, word: str) -> tuple[str, str, bool]:
        """Return part, number and whether it has its adjective or adverb, after a word."""
        if part in ("subject", "object", "place"):
            said = {**dict.fromkeys(SINGULAR, "singular"), **dict.fromkeys(PLURAL, "plural")}
            return f"{part} noun", said.get(word, ""), False
        if part.endswith("noun"):
            if word in ADJECTIVES:
                return part, number, True
            found = "singular" if word in NOUNS else "plural"
            following = {"subject noun": "verb", "object noun": "rest", "place noun": "end"}
            return following[part], found, False
        if part == "verb":
            return (part, number, True) if word in ADVERBS else ("object", "", False)
        if part == "rest" and word != STOP:
            return "place", "", False
        return "done", "", False


def windows(
    grammar: Grammar, sentences: Sequence[Sequence[str]], length: int
) -> Iterator[tuple[list[int], int]]:
    """Yield the numbers of the words before each word, the latest last, and its own.

    Before the first word stands the stop of a sentence before.

    Args:
        grammar: Numbers the words.
        sentences: With their stops.
        length: Words of a window.
    """
    number = {word: k for k, word in enumerate(grammar.words)}
    for sentence in sentences:
        said = [number[STOP]] * length + [number[word] for word in sentence]
        for end in range(length, len(said)):
            yield said[end - length : end], said[end]


def neighbours(grammar: Grammar, sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """Return how often each word stands right before each, ``(n_words, n_words)``.

    Before the first word stands the stop of a sentence before.
    """
    number = {word: k for k, word in enumerate(grammar.words)}
    counts = np.zeros((len(number), len(number)))
    for sentence in sentences:
        said = [number[word] for word in (STOP, *sentence)]
        np.add.at(counts, (said[:-1], said[1:]), 1)
    return counts
