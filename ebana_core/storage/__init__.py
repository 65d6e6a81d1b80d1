"""Files of runs, models and optimizers: HDF5 that is read while it is written."""
