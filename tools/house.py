"""The house: which rooms `ebana_core` has, and in which order they stand."""

FLOORS = (
    ("__main__",),
    ("cli", "testing"),
    ("ebana_core",),
    ("builtins", "pictures"),
    ("model",),
    ("analysis",),
    ("training",),
    ("execution",),
    ("network",),
    ("registry",),
    ("hookspecs",),
    ("rules", "optimizers", "callbacks", "metrics"),
    ("losses", "data"),
    ("backends",),
    ("layers", "storage"),
    ("circuit",),
    ("spice",),
    ("laws",),
    ("initializers", "schedules", "activations", "local_rules"),
    ("quantities", "validators"),
    ("checking", "paths", "memory", "plots", "tables"),
    ("arrays", "mappings"),
    ("errors",),
)
"""From top to bottom. A room imports rooms below its own floor; ``ebana_core`` is the front door,
the package's own ``__init__``."""
