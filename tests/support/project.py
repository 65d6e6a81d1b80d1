"""Where the project lies, and what its programs need to find it."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
"""Of a process that imports the package and the tests' helpers."""
