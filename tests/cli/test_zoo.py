"""The commands of ``ebana zoo``."""

from pathlib import Path
from typing import Any

import attrs
import pytest
from typer.testing import CliRunner

from ebana_core import Run
from ebana_core.cli import app as app_module
from ebana_core.cli import zoo
from ebana_core.cli.app import app
from ebana_core.cli.demo import INTERRUPTED
from ebana_core.errors import (
    DataError,
    FormatError,
    PluginError,
    StorageError,
    UnknownDeviceError,
    UnknownNameError,
)
from ebana_core.experiments import Experiment
from ebana_core.experiments.results import Outcome, Result, made_with
from ebana_core.registry import load_registry
from tests.support.experiments import build, charted, data, experiment, result


def call(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["zoo", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes an experiment the one that every name finds."""

    def put(**changed: Any) -> Experiment:
        made = experiment(**changed)
        monkeypatch.setattr(zoo, "named", lambda name: made)
        return made

    return put


def test_experiments_are_listed_and_told() -> None:
    assert "watfa2022.xor" in call("list")
    told = call("show", "watfa2022.xor")
    assert "@inproceedings{watfa2022" in told
    assert "published: right answers 100 %" in told
    assert "84 trainable values" in told
    assert "drawn: Learning, damage and recovery" in call("show", "dillavou2022.iris")


@pytest.mark.parametrize("name", ["watfa2022.xr", "WATFA2022.XOR"])
def test_an_unknown_experiment_suggests_the_nearest(name: str) -> None:
    for command in ("show", "run"):
        with pytest.raises(UnknownNameError, match=r"write 'watfa2022\.xor'"):
            call(command, name)


def test_an_experiment_is_trained_into_run_files_and_compared(own: Any, tmp_path: Path) -> None:
    own()
    out = tmp_path / "found"
    told = call("run", "own2020.divider", "--seeds", 2, "--out", out)
    assert "met" in told
    result = Result.read(out / "own2020.divider.json")
    assert [outcome.seed for outcome in result.outcomes] == [0, 1]
    assert result.command == "ebana zoo run own2020.divider --seeds 2"
    for seed in (0, 1):
        with Run.open(out / f"seed{seed}.h5") as run:
            assert (run.status, run.n_epochs) == ("finished", 2)


def test_the_smaller_form_is_compared_with_nothing(own: Any, tmp_path: Path) -> None:
    own(quick={"epochs": 1})
    out = tmp_path / "found"
    told = call("run", "own2020.divider", "--seeds", 1, "--quick", "--out", out)
    assert "quick form" in told
    assert "met" not in told
    assert Result.read(out / "own2020.divider.json").is_quick


def test_a_folder_that_exists_is_left_alone(own: Any, tmp_path: Path) -> None:
    own()
    with pytest.raises(StorageError, match="exists already"):
        call("run", "own2020.divider", "--out", tmp_path)
    assert not list(tmp_path.iterdir())


def test_seeds_are_at_least_one(own: Any, tmp_path: Path) -> None:
    own()
    call("run", "own2020.divider", "--seeds", 0, "--out", tmp_path / "found", code=2)
    assert not list(tmp_path.iterdir())


def test_data_that_are_missing_leave_no_folder(own: Any, tmp_path: Path) -> None:
    def load(folder: object) -> Any:
        raise DataError(f"{folder} holds no digits.", "give the file digits.csv")

    own(load=load)
    with pytest.raises(DataError, match=r"digits\.csv"):
        call("run", "own2020.divider", "--out", tmp_path / "found")
    with pytest.raises(StorageError, match="nowhere is not a folder"):
        call("run", "own2020.divider", "--data", tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())


def test_a_network_that_cannot_be_built_leaves_no_folder(own: Any, tmp_path: Path) -> None:
    def lacking(seed: int) -> Any:
        raise UnknownDeviceError("No device 'diode'.", "install it")

    def interrupted(seed: int) -> Any:
        raise KeyboardInterrupt

    out = tmp_path / "found"
    own(build=lacking)
    with pytest.raises(UnknownDeviceError):
        call("run", "own2020.divider", "--out", out)
    own(build=interrupted)
    assert "Run files" not in call("run", "own2020.divider", "--out", out, code=INTERRUPTED)
    assert not out.exists()
    own()
    call("run", "own2020.divider", "--seeds", 1, "--out", out)


def test_samples_are_read_once_per_seed(own: Any, tmp_path: Path) -> None:
    read = []
    own(load=lambda folder: read.append(folder) or data(folder))
    call("run", "own2020.divider", "--seeds", 2, "--out", tmp_path / "found")
    assert len(read) == 2


def test_ctrl_c_leaves_whole_run_files_and_resume_goes_on(own: Any, tmp_path: Path) -> None:
    def interrupted(seed: int) -> Any:
        if seed == 1:
            raise KeyboardInterrupt
        return build(seed)

    out = tmp_path / "found"
    own(build=interrupted)
    call("run", "own2020.divider", "--seeds", 2, "--out", out, code=INTERRUPTED)
    assert [path.name for path in out.iterdir()] == ["seed0.h5"]
    with Run.open(out / "seed0.h5") as run:
        assert run.status == "finished"
    own()
    call("run", "own2020.divider", "--seeds", 2, "--out", out, "--resume")
    again = Result.read(out / "own2020.divider.json")
    assert again.seconds is None  # a part was done before
    call("run", "own2020.divider", "--seeds", 2, "--out", tmp_path / "anew")
    anew = Result.read(tmp_path / "anew" / "own2020.divider.json")
    assert [outcome.measured for outcome in again.outcomes] == [
        outcome.measured for outcome in anew.outcomes
    ]


def test_what_the_whole_form_gave_does_not_pass_for_the_smaller_one(
    own: Any, tmp_path: Path
) -> None:
    own(quick={"epochs": 1})
    out = tmp_path / "found"
    call("run", "own2020.divider", "--seeds", 1, "--out", out)
    before = (out / "own2020.divider.json").read_bytes()
    with pytest.raises(StorageError, match=r"seed0\.h5 holds 2 epochs, and 1 are asked for"):
        call("run", "own2020.divider", "--seeds", 1, "--out", out, "--resume", "--quick")
    assert (out / "own2020.divider.json").read_bytes() == before


def test_the_page_is_written_from_results(tmp_path: Path) -> None:
    results, out = tmp_path / "results", tmp_path / "zoo.md"
    results.mkdir()
    call("table", "--results", results, "--out", out)
    assert "not run yet" in out.read_text()
    Result(
        experiment="own2020.divider",
        command="ebana zoo run own2020.divider",
        hyperparameters={},
        made_with=made_with(),
        outcomes=(Outcome(seed=0, seconds=1.0, measured={"e": 1.0}),),
    ).write(results / "own.json")
    assert "no such experiments: ['own2020.divider']" in call(
        "table", "--results", results, "--out", out
    )
    (results / "other.json").write_text("{}")
    with pytest.raises(FormatError, match=r"other\.json holds no result"):
        call("table", "--results", results, "--out", out)
    (results / "other.json").write_bytes((results / "own.json").read_bytes())
    with pytest.raises(
        FormatError, match=r"other\.json and .*own\.json both hold a result of 'own"
    ):
        call("table", "--results", results, "--out", out)
    with pytest.raises(StorageError, match="is not a folder"):
        call("table", "--results", tmp_path / "none", "--out", out)
    with pytest.raises(StorageError, match="there is no folder"):
        call("table", "--results", tmp_path, "--out", tmp_path / "none" / "zoo.md")
    assert not (tmp_path / "none").exists()


def test_a_result_is_drawn_beside_itself_or_where_it_is_wished(own: Any, tmp_path: Path) -> None:
    own(**{"charts": charted().charts})
    file = tmp_path / "own.json"
    result(charted()).write(file)
    assert call("plot", file).strip() == str(tmp_path / "own.svg")
    call("plot", file, "--out", tmp_path / "own.png")
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".svg", ".png"}


@pytest.mark.parametrize(
    "words",
    [
        ("zoo", "run", "watfa2022.xor", "--quick", "--out"),
        ("zoo", "run", "watfa2022.xor", "--quick", "--data"),
        ("zoo", "table", "--results"),
        ("runs", "list"),
        ("runs", "compare"),
        ("runs", "serve"),
        ("new-plugin", "ebana-long", "--folder"),
    ],
)
def test_a_folder_that_no_file_system_can_name_is_told(words: tuple[str, ...]) -> None:
    found = CliRunner().invoke(app, [*words, "x" * 300])
    with pytest.raises(StorageError, match="cannot be the path of a file: File name too long"):
        raise found.exception or AssertionError(found.output)


def test_a_command_that_is_missing_is_told_with_the_plugins_that_are_not_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = attrs.evolve(
        load_registry(), failures={"core": PluginError("Plugin 'core' fails.", "repair it")}
    )
    monkeypatch.setattr(app_module, "load_registry", lambda: broken)
    assert "Plugin 'core' fails" in CliRunner().invoke(app, ["zooo"]).output
