"""Data sets are checked once and never change; batches come in a reproducible order."""

import copy
import pickle
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import DataError, EbanaError, ParameterError, ShapeError


@pytest.fixture
def dataset():
    numbers = np.arange(10.0)[:, np.newaxis]
    return DataSet({"x": np.hstack([numbers, -numbers])}, {"y": 2 * numbers})


def arrays_of(dataset):
    return [*dataset.inputs.values(), *(dataset.outputs or {}).values()]


def samples_of(batches):
    return [batch.inputs["x"][:, 0].astype(int).tolist() for batch in batches]


def test_arrays_are_float64_copies_that_nobody_can_write():
    source = np.ones((3, 2), dtype=np.float32)
    dataset = DataSet({"x": source}, {"y": [[0], [1], [0]]})
    source[:] = 7
    assert (dataset.inputs["x"] == 1).all()
    for array in arrays_of(dataset):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3
    with pytest.raises(TypeError):
        dataset.inputs["z"] = source


def test_size_and_repr_tell_the_shape(dataset):
    assert len(dataset) == dataset.n_samples == 10
    assert repr(dataset) == "DataSet(10 samples; inputs: x (2); outputs: y (1))"
    assert repr(DataSet({"x": [[1.0]]})) == "DataSet(1 samples; inputs: x (1))"


def test_targets_alone_make_a_data_set_for_models_with_bias_inputs_only():
    assert len(DataSet({}, {"y": [[1.0], [2.0]]})) == 2


@pytest.mark.parametrize("clone", [lambda data: pickle.loads(pickle.dumps(data)), copy.deepcopy])
def test_copies_keep_values_and_protection(dataset, clone):
    cloned = clone(dataset)
    for array, original in zip(arrays_of(cloned), arrays_of(dataset), strict=True):
        assert (array == original).all()
        assert not array.flags.writeable


@given(midpoint=st.floats(-5, 5), x=st.lists(st.floats(-5, 5), min_size=1, max_size=5))
def test_differential_mirrors_about_the_midpoint(midpoint, x):
    dataset = DataSet.differential(np.array([x]), None, midpoint)
    assert (dataset.inputs["xp"] == [x]).all()
    mean = (dataset.inputs["xp"] + dataset.inputs["xn"]) / 2
    assert mean == pytest.approx(np.full((1, len(x)), midpoint), abs=1e-14)  # two roundings


def test_differential_takes_names_and_targets():
    x = np.ones((2, 1))
    dataset = DataSet.differential(x, {"y": x}, midpoint=0.5, names=("a", "b"))
    assert list(dataset.inputs) == ["a", "b"]
    assert (dataset.inputs["b"] == 0).all()
    assert (dataset.outputs["y"] == 1).all()
    assert all(not array.flags.writeable for array in arrays_of(dataset))
    x[:] = 5
    assert (dataset.inputs["a"] == 1).all()


ONE = np.ones((3, 1))


@pytest.mark.parametrize(
    ("make", "error", "named"),
    [
        (
            lambda: DataSet({"x": [[1.0], [np.nan]]}),
            DataError,
            "input 'x' is nan at sample 1, unit 0",
        ),
        (
            lambda: DataSet({"x": [[1.0, -np.inf]]}),
            DataError,
            "input 'x' is -inf at sample 0, unit 1",
        ),
        (
            lambda: DataSet({"x": ONE}, {"y": ONE * np.nan}),
            DataError,
            "output 'y' is nan at sample 0",
        ),
        (lambda: DataSet({"x": np.ones(3)}), ShapeError, r"input 'x' has shape \(3,\)"),
        (
            lambda: DataSet({"x": np.ones((2, 2, 2))}),
            ShapeError,
            r"input 'x' has shape \(2, 2, 2\)",
        ),
        (lambda: DataSet({"x": np.ones((3, 0))}), ShapeError, r"input 'x' has shape \(3, 0\)"),
        (lambda: DataSet({"x": 1.0}), ShapeError, r"input 'x' has shape \(\)"),
        (
            lambda: DataSet({"x": ONE}, {"y": np.ones((2, 1))}),
            DataError,
            "'x' has 3, output 'y' has 2",
        ),
        (
            lambda: DataSet({"x": ONE, "z": np.ones((4, 1))}),
            DataError,
            "'x' has 3, input 'z' has 4",
        ),
        (lambda: DataSet({"x": np.ones((0, 2))}), DataError, "no samples"),
        (lambda: DataSet({}), DataError, "no samples"),
        (lambda: DataSet({}, {}), DataError, "no samples"),
        (lambda: DataSet({"x": [["1.0"]]}), DataError, "input 'x' is not an array of numbers"),
        (lambda: DataSet({"x": [[1j]]}), DataError, "input 'x' is not an array of numbers"),
        (lambda: DataSet({"x": [[1.0], [1.0, 2.0]]}), DataError, "input 'x' is not an array"),
        (lambda: DataSet(ONE), DataError, "inputs is array.*, not a mapping"),
        (lambda: DataSet({"x": ONE}, ONE), DataError, "outputs is array.*, not a mapping"),
        (lambda: DataSet({1: ONE}), DataError, "input 1 is not a layer's name"),
        (lambda: DataSet.differential([1.0]), ShapeError, r"input 'xp' has shape \(1,\)"),
        (lambda: DataSet.differential([[np.nan]]), DataError, "input 'xp' is nan at sample 0"),
        (lambda: DataSet.differential(ONE, {"y": [[1.0]]}), DataError, "output 'y' has 1"),
        (lambda: DataSet.differential(ONE, names=("x", "x")), DataError, "names is"),
        (lambda: DataSet.differential(ONE, midpoint=np.nan), ParameterError, "midpoint is nan"),
    ],
)
def test_bad_samples_get_one_clear_error(make, error, named):
    with pytest.raises(error, match=named) as caught:
        make()
    assert isinstance(caught.value, EbanaError)
    assert caught.value.fix


def test_one_dimension_is_refused_with_both_ways_out():
    with pytest.raises(ShapeError) as caught:
        DataSet({"x": np.ones(3)})
    assert "reshape(-1, 1)" in caught.value.fix
    assert "reshape(1, -1)" in caught.value.fix
    assert "labels" not in caught.value.fix


def test_labels_in_one_dimension_are_told_how_to_become_targets():
    with pytest.raises(ShapeError) as caught:
        DataSet({"x": np.ones((3, 2))}, {"y": [0, 2, 1]})
    assert "numpy.eye(n_classes)[labels]" in caught.value.fix


@pytest.mark.parametrize(
    "indices", [[7, 2], np.array([7, 2]), slice(7, None, -5), [-3, 2]], ids=repr
)
def test_subset_keeps_the_order_asked_for(dataset, indices):
    part = dataset.subset(indices)
    assert part.inputs["x"].tolist() == [[7, -7], [2, -2]]
    assert part.outputs["y"].tolist() == [[14], [4]]
    assert all(not array.flags.writeable for array in arrays_of(part))


def test_subset_takes_a_mask_and_a_single_number(dataset):
    assert samples_of([dataset.subset(dataset.outputs["y"][:, 0] > 15)]) == [[8, 9]]
    assert samples_of([dataset.subset(4)]) == [[4]]
    assert DataSet({"x": ONE}).subset([0]).outputs is None


@pytest.mark.parametrize(
    "indices", [[10], [True, False], [0.5], [], [[0, 1], [2, 3]], "abc"], ids=repr
)
def test_subset_of_samples_that_are_not_there_is_refused(dataset, indices):
    with pytest.raises(DataError, match="indices"):
        dataset.subset(indices)


@given(
    n=st.integers(1, 40),
    size=st.integers(1, 50),
    seed=st.integers(0, 2**70),
    shuffle=st.booleans(),
)
def test_every_sample_comes_once_an_epoch(n, size, seed, shuffle):
    generator = BatchGenerator(DataSet({"x": np.arange(n)[:, np.newaxis]}), size, shuffle)
    batches = samples_of(generator.batches(seed, epoch=3))
    assert sorted(chain(*batches)) == list(range(n))
    assert len(batches) == generator.n_batches == len(generator)
    assert all(len(batch) == size for batch in batches[:-1])


def test_order_depends_on_seed_and_epoch_alone(dataset):
    generator = BatchGenerator(dataset, batch_size=4)
    first = samples_of(generator.batches(5, 2))
    list(generator.batches(5, 3))
    assert samples_of(generator.batches(5, 2)) == first
    assert samples_of(BatchGenerator(dataset, batch_size=4).batches(5, 2)) == first
    orders = [generator.order(seed, epoch).tolist() for seed in range(3) for epoch in range(3)]
    assert all(a != b for i, a in enumerate(orders) for b in orders[:i])
    assert list(chain(*first)) == generator.order(5, 2).tolist()


def test_batch_size_does_not_change_the_order(dataset):
    small, large = (BatchGenerator(dataset, size).batches(1, 1) for size in (3, 128))
    assert list(chain(*samples_of(small))) == list(chain(*samples_of(large)))


def test_order_is_not_that_of_a_plain_generator_with_the_same_seed(dataset):
    plain = np.random.default_rng(1).permutation(10).tolist()
    assert BatchGenerator(dataset).order(1, 0).tolist() != plain


def test_without_shuffling_the_order_is_that_of_the_data_set(dataset):
    batches = samples_of(BatchGenerator(dataset, 4, shuffle=False).batches(1, 1))
    assert batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_inputs_and_targets_stay_together(dataset):
    for batch in BatchGenerator(dataset, 3).batches(0, 1):
        assert isinstance(batch, DataSet)
        assert (batch.outputs["y"] == 2 * batch.inputs["x"][:, :1]).all()
        assert (batch.inputs["x"][:, 1] == -batch.inputs["x"][:, 0]).all()
        assert all(not array.flags.writeable for array in arrays_of(batch))


def test_orders_of_neighbouring_epochs_differ_from_each_other(dataset):
    orders = [BatchGenerator(dataset).order(0, epoch).tolist() for epoch in range(20)]
    assert all(first != second for first, second in pairwise(orders))


@pytest.mark.parametrize(
    ("use", "error", "named"),
    [
        (lambda data: BatchGenerator(data, 0), ParameterError, "batch_size=0"),
        (lambda data: BatchGenerator(data, 2.0), ParameterError, r"batch_size=2\.0"),
        (lambda data: BatchGenerator({"x": ONE}), DataError, "has dataset=.*array"),
        (lambda data: BatchGenerator(data).batches(-1, 0), ParameterError, "seed is -1"),
        (lambda data: BatchGenerator(data).batches(None, 0), ParameterError, "seed is None"),
        (lambda data: BatchGenerator(data).batches(0, -1), ParameterError, "epoch is -1"),
        (
            lambda data: BatchGenerator(data, 1, False).batches(0, 0.5),
            ParameterError,
            "epoch is",
        ),
    ],
)
def test_impossible_batches_are_refused_before_the_first(dataset, use, error, named):
    with pytest.raises(error, match=named):
        use(dataset)


def test_a_generator_is_iterated_batch_by_batch_in_one_order():
    dataset = DataSet({"x": np.arange(7.0)[:, None]}, {"y": np.arange(7.0)[:, None]})
    generator = BatchGenerator(dataset, batch_size=3)
    first, again = ([batch.inputs["x"].ravel().tolist() for batch in generator] for _ in range(2))
    assert [len(rows) for rows in first] == [3, 3, 1]
    assert generator.num_batches == 3
    assert sorted(row for rows in first for row in rows) == [*range(7)]
    assert first == again
    assert first == [batch.inputs["x"].ravel().tolist() for batch in generator.batches(0, 0)]
