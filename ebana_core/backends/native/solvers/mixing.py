"""Fixed points of a map, reached sooner by mixing the last steps of every sample."""

from typing import final

from ebana_core.arrays import Array, BoolArray, epsilon, namespace

MEMORY = 4
"""Steps that are remembered: beside one for each slow way of a circuit, of which every pair of
layers has about one, some that follow nodes as they reach a bound."""


@final
class Mixing:
    """The next trial of every sample from its last ones, by Anderson's method.

    Among the affine combinations of the last trials, it goes on from the one whose step, if the
    map were linear between them, would be shortest.

    Args:
        weights: What the square of each number's step counts with. Shape ``(n,)``.

    Source:
        Anderson 1965, J. ACM 12, 547; Walker and Ni 2011, SIAM J. Numer. Anal. 49, 1715.
    """

    def __init__(self, weights: Array) -> None:
        self._weights = weights
        self._last: tuple[Array, Array] | None = None
        self._images: list[Array] = []
        self._steps: list[Array] = []

    def next(self, x: Array, step: Array) -> Array:
        """Return the next trial.

        Args:
            x: The trial. Shape ``(n_samples, n)``.
            step: Its image less itself. Same shape.
        """
        image = x + step
        if self._last is not None:
            self._images = [*self._images, image - self._last[0]][-MEMORY:]
            self._steps = [*self._steps, step - self._last[1]][-MEMORY:]
        self._last = image, step
        if not self._steps:
            return image
        shares = self._shares(step)
        for k, moved in enumerate(self._images):
            image = image - shares[:, k, None] * moved
        return image

    def keep(self, samples: BoolArray) -> None:
        """Go on with some of the samples."""
        self._images = [images[samples] for images in self._images]
        self._steps = [steps[samples] for steps in self._steps]
        if self._last is not None:
            self._last = self._last[0][samples], self._last[1][samples]

    def forget(self, samples: BoolArray) -> None:
        """Begin anew in some samples: what they remember no longer counts."""
        xp = namespace(self._weights)
        for kept in (self._images, self._steps):
            kept[:] = [xp.where(samples[:, None], 0.0, array) for array in kept]

    def _shares(self, step: Array) -> Array:
        """Return by how much each remembered change is undone. Shape ``(n_samples, n_changes)``."""
        xp, tiny = namespace(step), float(namespace(step).finfo(step.dtype).smallest_normal)
        changes = xp.stack(self._steps, axis=1)
        weighted = changes * self._weights
        products = weighted @ xp.matrix_transpose(changes)
        right = xp.sum(weighted * step[:, None, :], axis=2)
        size = xp.sqrt(xp.linalg.diagonal(products))
        size = xp.where(size > tiny, size, 1.0)
        scaled = products / (size[:, :, None] * size[:, None, :])
        # Nearly parallel changes tell nothing apart; rounding alone would.
        room = 100 * epsilon(step) * xp.eye(scaled.shape[1], dtype=step.dtype, device=step.device)
        return xp.linalg.solve(scaled + room, (right / size)[:, :, None])[:, :, 0] / size
