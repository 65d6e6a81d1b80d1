"""Laws and layers that cannot work are refused where their class is written."""

from typing import Any

import pytest

from ebana_core.errors import NameClashError, ParameterError
from ebana_core.laws import Law, Ohm
from ebana_core.layers import ShuntLayer
from ebana_core.quantities import Quantity, quantity

G = quantity("G", "S")


@pytest.mark.parametrize("values", [[G], G, {"G": 1.0}, ("G",), "G", None])
def test_values_that_are_no_tuple_of_quantities_are_refused(values: Any) -> None:
    with pytest.raises(ParameterError, match="Law Wrong has values") as caught:
        type("Wrong", (Law,), {"values": values})
    assert "write a tuple of quantities" in caught.value.fix


def test_two_values_of_one_name_are_refused() -> None:
    with pytest.raises(NameClashError, match="Law Wrong has two values 'G'"):
        type("Wrong", (Law,), {"values": (G, quantity("G", "V"))})


@pytest.mark.parametrize("name", ["V 0", "0V", "", "lambda", "drop", "a-b"])
def test_names_that_expressions_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(NameClashError, match="has a value named"):
        type("Wrong", (Law,), {"values": (quantity(name, "V"),)})


def test_values_may_depend_on_the_law() -> None:
    class Changing(Ohm):
        @property
        def values(self) -> tuple[Quantity, ...]:  # type: ignore[override]
            return (G,)

    assert Changing().values == (G,)


def test_a_law_given_as_a_class_is_refused() -> None:
    with pytest.raises(ParameterError, match="law = Ohm, which is a class") as caught:
        type("Wrong", (ShuntLayer,), {"device": "wrong", "law": Ohm})
    assert caught.value.fix == "write law = Ohm()"


@pytest.mark.parametrize("trained", ["conductance", ["conductance"], ("K",), ("conductance", "K")])
def test_trained_is_a_tuple_of_names_of_values(trained: Any) -> None:
    with pytest.raises(ParameterError, match="Layer class Wrong has trained = "):
        type("Wrong", (ShuntLayer,), {"law": Ohm(), "trained": trained})


def test_layers_with_values_of_their_own_may_train_them() -> None:
    class Right(ShuntLayer):
        law = Ohm()
        trained = ("bias",)

        @property
        def quantities(self) -> tuple[Quantity, ...]:
            return (*self.law.values, quantity("bias", "V"))

    assert Right.trained == ("bias",)
