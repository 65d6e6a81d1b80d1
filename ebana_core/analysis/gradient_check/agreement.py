"""How well one gradient agrees with another."""

import attrs
import numpy as np

from ebana_core.arrays import Array


@attrs.frozen
class Agreement:
    """A rule's gradient of one parameter beside the exact one.

    Of several readings the root mean square, or the mean for `cosine`, `scale` and `signs`.

    Args:
        cosine: Of the angle between the two; 1 is the right direction.
        angle: The same, degrees, with all digits where it is small.
        error: Length of the difference over the length of the exact gradient.
        scale: How many times too long the rule's gradient is, along the exact one.
        signs: Share of values whose sign is right, which is all that a device sees that moves by
            pulses of one size.
    """

    cosine: float
    angle: float
    error: float
    scale: float
    signs: float

    @classmethod
    def of(cls, found: Array, exact: Array) -> "Agreement":
        """Compare two arrays; all is nan where the exact gradient vanishes."""
        found, exact = found.reshape(-1), exact.reshape(-1)
        size = float(np.linalg.norm(exact))
        if not size > 0:
            return cls(*[float("nan")] * 5)
        direction = exact / size
        along = float(found @ direction)
        across = float(np.linalg.norm(found - along * direction))
        length = float(np.hypot(along, across))
        return cls(
            cosine=along / length if length else 0.0,
            angle=float(np.degrees(np.arctan2(across, along))) if length else 90.0,
            error=float(np.linalg.norm(found - exact)) / size,
            scale=along / size,
            signs=float((np.sign(found) == np.sign(exact)).mean()),
        )

    @classmethod
    def mean(cls, readings: "list[Agreement]") -> "Agreement":
        """Return what is typical of several readings of one gradient."""
        columns = {
            field.name: np.array([getattr(reading, field.name) for reading in readings])
            for field in attrs.fields(cls)
        }
        return cls(
            **{
                name: float(
                    np.sqrt(np.mean(values**2)) if name in ("angle", "error") else values.mean()
                )
                for name, values in columns.items()
            }
        )
