"""A language model of 10,752 transistors: it learns which word of a small grammar follows.

Usage: OMP_NUM_THREADS=1 python -m benchmarks.transistor_language
           --out benchmarks/results/transistor_language.json [--sentences N] [--epochs N]

A window of seven words, each as 16 voltages, drives a dense layer of transistors; every word of
the language has one output. All outputs are clamped a little towards the next word, as cross
entropy at a temperature wants it, and every gate moves by the squares of its drop.

An output is a mean of the inputs, weighted by conductances, so that 16 voltages drawn at random
per word cannot tell which of 96 words belong together. The voltages are those of eight features
that words have by their neighbours, each beside its complement.

Source:
    The circuit is that of the language model in Ma-Lab-Cal/pyclln; grammar, voltages, nudge,
    temperature and rate are our own. Features: O. Levy and Y. Goldberg, Neural word embedding
    as implicit matrix factorization, NeurIPS 2014.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ebana_diode_mos import UniformVoltage

from benchmarks.grammar import STOP, Grammar, neighbours, windows
from benchmarks.records import write_record
from ebana_core import Model, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.losses import CrossEntropyLoss
from ebana_core.metrics import Metrics
from ebana_core.rules import DropSquared
from ebana_core.schedules import CosineDecay
from ebana_core.zoo.transistors import crossbar_classifier

LENGTH, WIDTH, HIGHEST = 7, 16, 0.45
"""Words of a window, voltages of a word, and the largest of them, V."""
NUDGE, TEMPERATURE, RATE = 0.01, 0.0004, 50.0
"""V, V, and of the gates at first; it decays along a cosine. Published: 0.035 V, 0.0025 V, 0.1 and
ten times as many updates."""
LONGEST = 30
"""Words after which a sentence that does not end is given up."""


class Language:
    """The grammar, and the voltages that stand for its words.

    Args:
        grammar: Which words may follow which.
        heard: Sentences that say which words have which neighbours.
    """

    def __init__(self, grammar: Grammar, heard: Sequence[Sequence[str]]) -> None:
        self.grammar = grammar
        self.number = {word: k for k, word in enumerate(grammar.words)}
        found = features(neighbours(grammar, heard), WIDTH // 2)
        lowest, highest = found.min(axis=0), found.max(axis=0)
        voltages = HIGHEST * (found - lowest) / (highest - lowest)
        self._voltages = np.hstack([voltages, HIGHEST - voltages])

    def samples(self, sentences: Sequence[Sequence[str]]) -> DataSet:
        """Return a window and the word behind it for every word of sentences."""
        found = list(windows(self.grammar, sentences, LENGTH))
        inputs = self.inputs([before for before, _ in found])
        words = [word for _, word in found]
        return DataSet({"x": inputs}, {"y": np.eye(len(self.number))[words]})

    def inputs(self, contexts: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the voltages of windows, ``(n_windows, 112)``, V."""
        return self._voltages[np.array(contexts)].reshape(len(contexts), -1)

    def context(self, said: Sequence[str]) -> list[int]:
        """Return the window that ends with the last of the words said."""
        numbers = [self.number[STOP]] * LENGTH + [self.number[word] for word in said]
        return numbers[-LENGTH:]


def features(counts: np.ndarray, n_features: int) -> np.ndarray:
    """Return what tells words apart by their neighbours, ``(n_words, n_features)``.

    These are the first singular vectors of how much more often words stand together than by
    chance, on a logarithmic scale.

    Args:
        counts: How often each word stands before each, ``(n_words, n_words)``.
        n_features: How many.
    """
    by_chance = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    least = np.finfo(float).tiny  # a word that was not heard has no neighbours
    more = np.log(np.maximum(np.maximum(counts, by_chance), least) / np.maximum(by_chance, least))
    found = np.linalg.svd(np.hstack([more, more.T]), full_matrices=False)[0]
    return np.asarray(found[:, :n_features])


def chances(model: Model, inputs: np.ndarray) -> np.ndarray:
    """Return the probability of every word, ``(n_windows, n_words)``."""
    raw = model.operating_points({"x": inputs}).predictions()["y"]
    weights = np.exp((raw - raw.max(axis=1, keepdims=True)) / TEMPERATURE)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def understood(model: Model, language: Language, sentences: Sequence[Sequence[str]]) -> Any:
    """Return how often the best word may follow, and the probability of those that may."""
    said = [sentence[:k] for sentence in sentences for k in range(len(sentence))]
    found = chances(model, language.inputs([language.context(words) for words in said]))
    words = np.array(language.grammar.words)
    allowed = np.array([np.isin(words, language.grammar.next_words(own)) for own in said])
    best = allowed[np.arange(len(said)), found.argmax(axis=1)]
    return {
        "support_accuracy": float(best.mean()),
        "support_mass": float((found * allowed).sum(axis=1).mean()),
    }


def spoken(model: Model, language: Language, n_sentences: int, seed: int) -> list[list[str]]:
    """Return sentences that the network speaks, word by word at its own probabilities."""
    rng = np.random.default_rng(seed)
    sentences: list[list[str]] = [[] for _ in range(n_sentences)]
    for _ in range(LONGEST):
        going = [own for own in sentences if not own or own[-1] != STOP]
        if not going:
            break
        found = chances(model, language.inputs([language.context(own) for own in going]))
        for own, chance in zip(going, found, strict=True):
            own.append(str(rng.choice(language.grammar.words, p=chance)))
    return sentences


def trained(grammar: Grammar, n_sentences: int, epochs: int, seed: int) -> dict[str, Any]:
    """Train one network, and return what it has learned and how long that took."""
    rng = np.random.default_rng(seed)
    sentences = [grammar.sentence(rng) for _ in range(n_sentences)]
    language = Language(grammar, sentences)
    heard = language.samples(sentences)
    n_words = len(language.number)
    model = crossbar_classifier(
        LENGTH * WIDTH,
        n_words,
        UniformVoltage(2.5, 5.0),
        lr=CosineDecay(RATE, epochs * len(heard)),
        fold=False,
        seed=seed,
    )
    started = time.process_time()
    fit = model.fit(
        BatchGenerator(heard, batch_size=1),
        CrossEntropyLoss(temperature=TEMPERATURE),
        optimizers.SGD(model),
        epochs=epochs,
        metrics=Metrics(model, verbose=False, save_parameters=None),
        rule=DropSquared(NUDGE),
    )
    seconds = time.process_time() - started
    others = [grammar.sentence(rng) for _ in range(200)]
    own = spoken(model, language, 200, seed)
    return {
        "transistors": LENGTH * WIDTH * n_words,
        "windows": len(heard),
        "epochs": epochs,
        "seed": seed,
        "ms_per_window": 1e3 * seconds / (epochs * len(heard)),
        "loss": fit.losses,
        **understood(model, language, others),
        "valid_sentences": float(np.mean([grammar.is_sentence(words) for words in own])),
        "spoken": [" ".join(words) for words in own[:5]],
    }


def main() -> None:
    """Train, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    row = trained(Grammar(), given.sentences, given.epochs, given.seed)
    print(row)
    if given.out:
        command = f"OMP_NUM_THREADS=1 python -m benchmarks.transistor_language --out {given.out}"
        command += f" --sentences {given.sentences} --epochs {given.epochs} --seed {given.seed}"
        write_record(given.out, {"command": command, "rows": [row]})


if __name__ == "__main__":
    main()
