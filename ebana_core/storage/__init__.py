"""Storage: run files and state files, both HDF5."""
