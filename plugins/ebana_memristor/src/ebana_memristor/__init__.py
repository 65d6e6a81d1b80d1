"""Memristors for EBANA: the distribution exists, its devices follow."""
