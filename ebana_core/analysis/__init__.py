"""Examines networks: their gradients, devices, curves, copies, and how they settle in time."""
