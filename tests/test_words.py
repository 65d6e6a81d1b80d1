"""Words for losses and optimizers that nothing is called by here."""

import pytest

from ebana_core.errors import UnknownNameError
from ebana_core.registry.words import OTHER_WORDS, made


@pytest.mark.parametrize(
    ("hook", "word", "fix"),
    [
        ("ebana_losses", "mean_squared_error", "write 'mse',"),
        ("ebana_losses", "sparse_categorical_crossentropy", "write 'cross_entropy',"),
        ("ebana_losses", "binary_crossentropy", "write 'bce',"),
        ("ebana_losses", "BCEWithLogitsLoss", "write 'bce',"),
        ("ebana_losses", "cross_entopy", "write 'crossentropy',"),
        ("ebana_losses", "mae", "use one of these,"),
        ("ebana_losses", "quantile", "use one of these,"),
        ("ebana_losses", "", "use one of these,"),
        ("ebana_optimizers", "AdamW", "write 'adam',"),
        ("ebana_optimizers", "momentum", "write 'sgdmomentum',"),
        ("ebana_optimizers", "rmsprop", "use one of these,"),
        ("ebana_optimizers", "mean_squared_error", "use one of these,"),
    ],
)
def test_a_word_is_answered_with_the_same_thing_or_with_none(
    hook: str, word: str, fix: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        made(hook, word)
    assert caught.value.fix.startswith(fix)


@pytest.mark.parametrize("word", sorted(set(OTHER_WORDS.values())))
def test_what_stands_for_words_of_other_libraries_is_a_loss(word: str) -> None:
    assert made("ebana_losses", word)
