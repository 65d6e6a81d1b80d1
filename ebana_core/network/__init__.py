"""The network: its graph of layers, their values, what learning may change."""
