"""Solves batches: shards here or on workers, their packing, their memory, their results."""
