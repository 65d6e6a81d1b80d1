"""One file per method: each solves the steps of Newton's method, or whole phases."""
