"""Solves batches shard by shard, here or on workers, and puts the results together."""
