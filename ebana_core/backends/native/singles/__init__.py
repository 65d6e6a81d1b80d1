"""Single samples of networks of branches, solved with as little around the arithmetic as can be.

Training on one sample at a time, a hundred thousand times, is what these are for: all that follows
from the circuit is found once, and what is left for each sample is one call of compiled code.
"""
