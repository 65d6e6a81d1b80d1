"""Exponential laws as netlists hold them."""

from ebana_core.laws.written import sinh_current


def test_gently_curved_laws_are_written_as_they_are() -> None:
    element = sinh_current("b1", "a", "0", prefactor=1e-6, voltage=0.25)
    assert "min(" not in element.expression
    steep = sinh_current("b1", "a", "0", prefactor=1e-6, voltage=0.005)
    assert "min(" in steep.expression
