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
        start: The first trial. Shape ``(n_samples, n)``.
        weights: What the square of each number's step counts with. Shape ``(n,)``.

    Source:
        Anderson 1965, J. ACM 12, 547; Walker and Ni 2011, SIAM J. Numer. Anal. 49, 1715.
    """

    def __init__(self, start: Array, weights: Array) -> None:
        xp, shape = namespace(start), (start.shape[0], MEMORY, start.shape[1])
        self._root = xp.sqrt(weights)
        self._images = xp.zeros(shape, dtype=start.dtype, device=start.device)
        self._steps = xp.zeros_like(self._images)  # times the root of the weights
        self._products = xp.zeros(
            (shape[0], MEMORY, MEMORY), dtype=start.dtype, device=start.device
        )
        self._last: tuple[Array, Array] | None = None
        self._n_steps = 0

    def next(self, x: Array, step: Array) -> Array:
        """Return the next trial.

        Args:
            x: The trial. Shape ``(n_samples, n)``.
            step: Its image less itself. Same shape.
        """
        image, weighted = x + step, step * self._root
        if self._last is not None:
            place = self._n_steps % MEMORY
            self._remember(place, image - self._last[0], weighted - self._last[1])
            self._n_steps += 1
        self._last = image, weighted
        if not self._n_steps:
            return image
        result: Array = image - (self._shares(weighted)[:, None, :] @ self._images)[:, 0, :]
        return result

    def _remember(self, place: int, image: Array, step: Array) -> None:
        """Put a change of image and step in place of an older one."""
        self._images[:, place, :], self._steps[:, place, :] = image, step
        products = (self._steps @ step[:, :, None])[:, :, 0]
        self._products[:, place, :] = self._products[:, :, place] = products

    def change_map(self) -> None:
        """Compare no image of the map so far with one from now on, which is rounded otherwise."""
        self._last = None

    def keep(self, samples: BoolArray) -> None:
        """Go on with some of the samples."""
        self._images, self._steps = self._images[samples], self._steps[samples]
        self._products = self._products[samples]
        if self._last is not None:
            self._last = self._last[0][samples], self._last[1][samples]

    def forget(self, samples: BoolArray) -> None:
        """Begin anew in some samples: what they remember no longer counts."""
        xp = namespace(self._root)
        self._images = xp.where(samples[:, None, None], 0.0, self._images)
        self._steps = xp.where(samples[:, None, None], 0.0, self._steps)
        self._products = xp.where(samples[:, None, None], 0.0, self._products)

    def _shares(self, step: Array) -> Array:
        """Return by how much each remembered change is undone. Shape ``(n_samples, MEMORY)``."""
        xp, right = namespace(step), self._steps @ step[:, :, None]
        size = xp.sqrt(xp.linalg.diagonal(self._products))
        size = xp.where(size > 0, size, 1.0)
        scaled = self._products / (size[:, :, None] * size[:, None, :])
        # Nearly parallel changes tell nothing apart; rounding alone would.
        room = 100 * epsilon(step) * xp.eye(MEMORY, dtype=step.dtype, device=step.device)
        return xp.linalg.solve(scaled + room, right / size[:, :, None])[:, :, 0] / size
