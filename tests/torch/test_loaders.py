"""Fits that take their samples from a `DataLoader`."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import ConcatenateLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics

pytestmark = pytest.mark.torch

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (10, 3))
LABELS = np.array([0, 1, 2, 1, 0, 2, 2, 1, 0, 1])


def model(n_inputs: int = 1, n_outputs: int = 1, width: int = 3) -> Model:
    sources = [InputVoltageLayer(units=3, name=name) for name in ("xp", "xn", "xx")[:n_inputs]]
    rows = ConcatenateLayer(name="rows")(sources) if n_inputs > 1 else sources[0]
    settings = {"initializer": RandomUniform(1e-6, 1e-5), "lr": 1e-7}
    ends = [
        CurrentLayer(name=f"y{k}")(DenseLayer(units=2 * width, name=f"d{k}", **settings)(rows))
        for k in range(n_outputs)
    ]
    return Model(sources, ends, seed=0)


def trained(own: Model, batches: Any, test: Any = None) -> Model:
    own.fit(
        batches,
        losses.MSE(),
        optimizers.SGD(own),
        epochs=2,
        beta=1e-8,
        test_dataloader=test,
        metrics=Metrics(own, verbose=False),
    )
    return own


def loader(x: Any, y: Any, **settings: Any) -> Any:
    import torch

    samples = torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))
    return torch.utils.data.DataLoader(samples, **{"batch_size": 4, "shuffle": True, **settings})


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_fit_from_a_loader_has_the_bits_of_one_from_arrays(shuffle: bool) -> None:
    inputs = {"xp": X, "xn": -X}  # the second layer gets the negative voltages
    data = DataSet(inputs, {"y0": np.eye(3)[LABELS]})
    expected = trained(model(2), BatchGenerator(data, 4, shuffle=shuffle), data)
    found = trained(model(2), loader(X, LABELS, shuffle=shuffle), loader(X, LABELS))
    assert (found.parameters["d0.conductance"] == expected.parameters["d0.conductance"]).all()


def test_samples_by_name_and_images_are_taken() -> None:
    import torch

    named = [({"xp": X[k]}, {"y0": [0.1], "y1": [0.2]}) for k in range(10)]
    own = trained(
        model(n_outputs=2, width=1),
        torch.utils.data.DataLoader(
            named,
            batch_size=4,
            collate_fn=lambda rows: (
                {"xp": np.stack([x["xp"] for x, _ in rows])},
                {name: np.array([y[name] for _, y in rows]) for name in ("y0", "y1")},
            ),
        ),
    )
    assert len(own.parameters) == 2
    plane = loader(X.reshape(10, 1, 3), RNG.normal(size=10))
    trained(model(width=1), plane)


def wrong_loaders() -> list[tuple[Any, Any, str]]:
    import torch
    from torch.utils.data import DataLoader, IterableDataset, WeightedRandomSampler

    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Any:
            return iter([])

    weighted = WeightedRandomSampler([1.0] * 10, 10)
    samples = torch.utils.data.TensorDataset(torch.as_tensor(X), torch.as_tensor(LABELS))
    return [
        (model(), loader(X, LABELS, drop_last=True), "every sample once"),
        (model(), loader(X, LABELS, batch_size=None, shuffle=False), "every sample once"),
        (model(), DataLoader(samples, batch_size=4, sampler=weighted), "every sample once"),
        (model(), DataLoader(Stream(), batch_size=4), "every sample once"),
        (model(), DataLoader([1.0, 2.0], batch_size=2), "A batch of train_dataloader"),
        (model(), loader(X, LABELS + 1), "up to 3; the output has 3 predictions"),
        (model(), loader(X, 1.0 * LABELS), "one float64 per sample"),
        (model(), loader(X[:, :2], LABELS), "have 2 columns"),
        (model(n_outputs=2), loader(X, LABELS), r"the outputs are \['y0', 'y1'\]"),
        (model(3), loader(X, LABELS), "input layers"),
    ]


@pytest.mark.parametrize("number", range(10))
def test_loaders_that_do_not_fit_are_told_why(number: int) -> None:
    own, batches, told = wrong_loaders()[number]
    before = own.parameters["d0.conductance"]
    with pytest.raises(EbanaError, match=told):
        trained(own, batches)
    assert own.parameters["d0.conductance"] is before
