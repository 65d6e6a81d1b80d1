"""What a finished network is asked: gradients, devices, curves, copies, settling in time."""
