"""The page on clamped outputs runs as it stands, and what it says of its network is true."""

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.rules import DropSquared
from tests.support.pages import run


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names = run("docs/clamps.md")
    assert "against the adjoint" in capsys.readouterr().out
    model, exact = names["model"], names["exact"]
    assert isinstance(model, Model)
    assert isinstance(exact, dict)
    loss, rule = losses.Hinge(margin=0.5), DropSquared(nudge=0.01)
    found = model.gradients(names["data"], loss, rule)["d.conductance"].ravel()
    other = exact["d.conductance"].ravel()
    # In a network of resistors the rule descends, if not along the gradient.
    assert found @ other > 0.5 * np.linalg.norm(found) * np.linalg.norm(other)
