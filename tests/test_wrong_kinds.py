"""Whatever kind of object stands in the place of a setting, an error of EBANA's own answers.

Every public class that users build, and every public function, is found by looking at the API
reference. A new one is tried without a row of its own; where it needs settings, it fails until it
has a row in `NEEDED`. Methods are tried in `test_wrong_kinds_of_methods.py`.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ebana_memristor import StanfordModel, joined

from ebana_core import Model, citations
from ebana_core.data import load_idx, read_idx
from ebana_core.errors import ParameterError, StorageError
from tests.support.given_settings import NEEDED, unconnected
from tests.support.public_api import built, functions
from tests.support.used_things import Things
from tests.support.wrong_kinds import KINDS, not_answered

MADE_BY_EBANA = (
    "Cells", "ConfusionMatrix", "Declaration", "HostLaw", "LabelledImages", "Loop",
    "OperatingPoints", "RuleResult", "Run", "Samples", "Schematic", "Stability",
)  # fmt: skip
"""Results, and what passes between parts of the program: nobody else builds them."""
OF_OTHER_LIBRARIES = ("MLflowLogger", "WandbLogger")
"""Built where libraries are installed that the tests do without; see their own tests."""
TRIED_BELOW = ("Model", "age", "citations", "disturb", "joined", "load_idx", "read_idx", "sweep")


def last(name: str) -> str:
    return name.rpartition(".")[2]


def chosen(found: Any) -> list[Any]:
    """Return what is tried with the settings of `NEEDED`, under its name."""
    left_out = (*MADE_BY_EBANA, *OF_OTHER_LIBRARIES, *TRIED_BELOW)
    return [
        pytest.param(item, NEEDED.get(last(name), {}), id=last(name))
        for name, item in found.items()
        if last(name) not in left_out
    ]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("cls", "given"), chosen(built()))
def test_settings_of_any_kind_are_taken_or_refused(cls: Any, given: Any) -> None:
    assert not list(not_answered(cls, given))


@pytest.mark.parametrize(("function", "given"), chosen(functions()))
def test_functions_take_or_refuse_arguments_of_any_kind(function: Any, given: Any) -> None:
    assert not list(not_answered(function, given))


def test_every_row_is_of_something_that_is_public() -> None:
    public = {last(name) for name in (*built(), *functions())}
    assert not {*NEEDED, *MADE_BY_EBANA, *TRIED_BELOW} - public
    assert len(public) > 120


def test_a_model_takes_or_refuses_settings_of_any_kind() -> None:
    @functools.wraps(Model)
    def build(**settings: Any) -> Model:
        return Model(**{**unconnected(), **settings})  # a layer belongs to one model

    build.__signature__ = inspect.signature(Model)  # type: ignore[attr-defined]  # any function takes it
    assert not list(not_answered(build, {}))


@pytest.mark.parametrize("name", ["age", "disturb", "sweep"])
def test_functions_of_memristors_take_or_refuse_arguments_of_any_kind(name: str) -> None:
    given = {
        "age": {"model": Things().memristors, "seconds": 1.0},
        "disturb": {"model": Things().memristors, "n_reads": 1.0},
        "sweep": {"model": StanfordModel(), "waveform": Things().waveform},
    }
    assert not list(not_answered(functions()[f"ebana_memristor.{name}"], given[name]))


@pytest.mark.parametrize("read", [load_idx, read_idx])
@pytest.mark.parametrize("kind", KINDS)
def test_paths_of_idx_files_of_any_kind_are_refused(read: Any, kind: str) -> None:
    with pytest.raises(StorageError):
        read(KINDS[kind])


@pytest.mark.parametrize("function", [citations, joined])
@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_things_of_any_kind_is_refused(
    function: Callable[..., Any], kind: str
) -> None:
    with pytest.raises(ParameterError):
        function(KINDS[kind])
