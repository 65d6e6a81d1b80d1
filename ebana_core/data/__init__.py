"""Samples: data sets, batches, and files that hold them."""

from ebana_core.data.dataset import BatchGenerator, DataSet
from ebana_core.data.idx import LabelledImages, load_idx, read_idx

__all__ = ["BatchGenerator", "DataSet", "LabelledImages", "load_idx", "read_idx"]
