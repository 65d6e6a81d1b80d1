"""One file per method: each solves the steps of Newton's method, and nothing else."""
