"""Values by parameter and layers by name, as the mappings that they are."""

import pytest

from ebana_core import Model
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
