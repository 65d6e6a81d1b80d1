"""Values by parameter and layers by name, as the mappings that they are."""

import pytest

from ebana_core import Model
from ebana_core.errors import ParameterError, ShapeError, UnknownNameError
from tests.support.zoo import amplified


@pytest.fixture
def model() -> Model:
    return amplified()


def test_a_name_that_is_not_there_gets_the_default(model: Model) -> None:
    values, trainable = model.parameters, model.trainable
    assert values.get("nope") is trainable.get("nope") is None
    assert (values.get("nope", 3), trainable.get("nope", 3)) == (3, 3)
    assert values.get("d1.conductance") is values["d1.conductance"]
    assert trainable.get("d1") is True


def test_several_values_are_updated_all_or_none(model: Model) -> None:
    values = model.parameters
    before = values.snapshot()
    doubled = 2 * before["d1.conductance"]
    for wrong, error in (
        ({"d1.conductance": doubled, "g.gain": "no"}, ParameterError),
        ({"d1.conductance": doubled, "nope": 1.0}, UnknownNameError),
        ([("d1.conductance", doubled), ("g.gain", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])], ShapeError),
        (3, ParameterError),
    ):
        with pytest.raises(error):
            values.update(wrong)
        assert all(values[name] is array for name, array in before.items())
    values.update({"d1.conductance": doubled})
    assert (values["d1.conductance"] == doubled).all()
    values.update([("d1.conductance", before["d1.conductance"])])
    assert (values["d1.conductance"] == before["d1.conductance"]).all()


@pytest.mark.parametrize("name", [["d1.conductance"], {}, None, 1j])
def test_what_is_no_name_is_in_no_mapping(model: Model, name: object) -> None:
    assert name not in model.parameters
    assert name not in model.trainable
    for mapping in (model.parameters, model.trainable):
        with pytest.raises(UnknownNameError):
            mapping[name]  # type: ignore[index]  # what it must refuse
