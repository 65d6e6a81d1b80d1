"""What a program used is cited: layers, rules, optimizers, losses, experiments."""

import inspect
import re
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_memristor import MemristorLayer, Stanford

import ebana_core
from ebana_core import Model
from ebana_core.data import BatchGenerator
from ebana_core.errors import ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.losses import MSE, SparsemaxLoss
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD, Adam, Optimizer
from ebana_core.papers import Citing, check_bibtex, citation_key, citations, entries, entry_field
from ebana_core.registry import load_registry
from ebana_core.rules import (
    Adjoint,
    ContrastiveLearning,
    CoupledLearning,
    DropSquared,
    EquilibriumPropagation,
)
from ebana_core.testing.installed import USUAL
from tests.support.experiments import build, data, experiment


def test_a_rule_carries_the_papers_of_its_variant() -> None:
    found = {
        "scellier2017 kendall2020": EquilibriumPropagation(1e-7),
        "scellier2017 kendall2020 laborieux2021": EquilibriumPropagation(1e-7, variant="centered"),
        "stern2021": CoupledLearning(0.1),
        "movellan1991 kendall2020": ContrastiveLearning(),
        "dillavou2022 dillavou2024": DropSquared(0.1),
        "": Adjoint(),
    }
    for keys, rule in found.items():
        assert [citation_key(entry) for entry in rule.papers] == keys.split()


def made_somehow(cls: Any) -> Any:
    """Return an object of a class, whose papers do not depend on its numbers."""
    known = {**USUAL, "rule": EquilibriumPropagation(1e-7)}
    given = {
        name: known.get(name, 0.1)
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is parameter.empty
    }
    return cls(**given, **({"variant": "centered"} if cls is EquilibriumPropagation else {}))


def test_what_has_an_arxiv_number_for_a_source_carries_that_paper() -> None:
    registry = load_registry()
    hooks = ("ebana_rules", "ebana_losses", "ebana_optimizers", "ebana_initializers")
    numbered = 0
    for thing in (item.thing for hook in hooks for item in registry.provided[hook].values()):
        source = (thing.__doc__ or "").partition("Source:")[2]
        for number in re.findall(r"arXiv:(\d+\.\d+)", source):
            own = thing(build(0)) if issubclass(thing, Optimizer) else made_somehow(thing)
            assert any(number in entry for entry in own.papers), (thing.__name__, number)
            numbered += 1
    assert numbered >= 8


def test_a_model_cites_its_layers_and_what_it_learned_with() -> None:
    model = build(0)
    assert model.citations().keys == ("ebana", "watfa2022")  # its diodes
    train, _ = data(None)
    model.fit(
        BatchGenerator(train, batch_size=1),
        MSE(0.5),
        Adam(model),
        rule=EquilibriumPropagation(1e-7, variant="centered"),
        metrics=Metrics(model, verbose=False),
    )
    layers, adam = ("ebana", "watfa2022"), "kingma2015"
    keys = (*layers, "scellier2017", "kendall2020", "laborieux2021", adam)
    assert model.citations().keys == keys
    assert ebana_core.citations(model) == model.citations()
    assert model.citations().keys == keys  # nothing is remembered of the question
    model.fit(
        BatchGenerator(train, batch_size=1),
        MSE(0.5),
        SGD(model),
        rule=Adjoint(),
        metrics=Metrics(model, verbose=False),
    )
    assert model.citations().keys == layers


def test_devices_of_plugins_carry_theirs() -> None:
    x = InputVoltageLayer(units=2, name="x")
    cells = MemristorLayer(
        name="m", units=2, cell=Stanford(), initializer=RandomUniform(1e-6, 1e-5)
    )(x)
    ideal = DiodeLayer(name="d", kind="ideal", direction="up")(cells)
    model = Model([x], [CurrentLayer(name="y", fold=False)(ideal)], seed=0)
    assert citations(model, SparsemaxLoss(), experiment()).keys == (
        "ebana",
        "jiang2016",
        "scellier2024",
        "martins2016",
        "own2020",
        "scellier2017",
        "kendall2020",
    )


def test_citations_print_as_a_file_for_latex() -> None:
    found = citations(EquilibriumPropagation(1e-7))
    assert str(found).count("@") == 3
    assert repr(found) == str(found)
    assert f"version = {{{ebana_core.__version__}}}" in str(found)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('title = {The "best" {Ohm}}', 'The "best" Ohm'),
        ('title = "The {Ohm} of us"', "The Ohm of us"),
        ("Title = {A\n  line}", "A line"),
        ("title = 2020", "2020"),
        ("booktitle = {Proceedings}", ""),
    ],
)
def test_a_field_is_read_as_bibtex_writes_it(field: str, said: str) -> None:
    assert entry_field(f"@article{{own2020, author = {{A.}}, {field}}}", "title") == said


def test_every_entry_of_the_core_is_bibtex_of_its_own() -> None:
    found = [entry for name, entry in vars(entries).items() if name.isupper()]
    for entry in found:
        check_bibtex(entry, "entries")
        assert entry.count("{") == entry.count("}")
        assert all(entry_field(entry, field) for field in ("author", "title", "year"))
    assert len({citation_key(entry) for entry in found}) == len(found)


@pytest.mark.parametrize("thing", [np.ones(2), "kendall2020", None, Adam, MSE])
def test_what_carries_no_papers_is_refused(thing: object) -> None:
    with pytest.raises(ParameterError, match="which carries no papers"):
        citations(thing)  # type: ignore[arg-type]


def test_papers_that_are_no_bibtex_name_who_carries_them() -> None:
    class Mine(Citing):
        papers = ("Mine 2020",)

    with pytest.raises(ParameterError, match="a Mine has paper='Mine 2020'"):
        citations(Mine())


@pytest.mark.parametrize("papers", ["@article{own2020, author = {Own}}", 5])
def test_papers_that_are_no_list_are_quoted(papers: Any) -> None:
    class Mine(Citing):
        pass

    Mine.papers = papers
    with pytest.raises(ParameterError, match=r"a Mine has papers=.*\n.*a tuple of BibTeX entries"):
        citations(Mine())


def test_two_papers_of_one_key_are_both_cited() -> None:
    def mine(title: str) -> Citing:
        class Mine(Citing):
            papers = (f"@article{{own2020, author = {{Own, A.}}, title={title}, year=2020}}",)

        return Mine()

    first, again, other = mine("{A line}"), mine('"A {Line}"'), mine("{A curve}")
    found = citations(first, again, other, other)
    assert found.keys == ("ebana", "own2020", "own2020b")
    assert "A curve" in found.entries[2]
