"""What the modules of the package import of each other, read once for all tests of the house."""

from tools.house import PACKAGE
from tools.imports import read_imports

IMPORTS = read_imports(PACKAGE)
