"""The network: its graph of layers, their values, and what learning may change."""
