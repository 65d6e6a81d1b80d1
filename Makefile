# GNU make 3.81 is enough. Everything runs in .venv, made by tools/bootstrap.py.

PYTHON = .venv/bin/python
CORE = .venv/ebana-installed
TESTS = $(CORE)-test-lint-examples
TORCH = $(CORE)-test-torch
DOCS = $(CORE)-docs
BOOTSTRAP = @if command -v python3 >/dev/null 2>&1; then python3 tools/bootstrap.py $(1); \
	else echo "python3 is missing: apt-get install python3 python3-venv, or brew install python"; exit 1; fi
PROJECTS = pyproject.toml plugins/ebana_diode_mos/pyproject.toml plugins/ebana_memristor/pyproject.toml

.PHONY: help demo test test-torch lint types check programs wheels docs bench bench-full clean

help:
	@echo "make demo    train an analog XOR network"
	@echo "make test    run all tests, with ngspice and Chromium; ARGS=... is handed to pytest"
	@echo "make programs   set up what the tests need, with ngspice, and run nothing"
	@echo "make test-torch   install PyTorch (up to several GB) and JAX, and run the tests that need them"
	@echo "make check   tests, lint and types"
	@echo "make wheels  build the three distributions into dist/"
	@echo "make docs    build the documentation site into build/site; a warning is an error"
	@echo "make bench   measure speed, under three minutes"
	@echo "make bench-full DATA=FOLDER   all circuits, MNIST's IDX files from FOLDER, most of an hour"
	@echo "make clean   remove the environment and what was built"

# A failed installation leaves files behind, so each target is a stamp that only success writes.
$(CORE): $(PROJECTS) tools/bootstrap.py tools/system.py
	$(call BOOTSTRAP)

$(TESTS): $(CORE)
	$(call BOOTSTRAP,test lint examples)

$(TORCH): $(TESTS)
	$(call BOOTSTRAP,test-torch)

$(DOCS): $(CORE)
	$(call BOOTSTRAP,docs)

demo: $(CORE)
	@.venv/bin/ebana demo xor

programs: $(TESTS)
	@$(PYTHON) tools/programs.py

# Tests start hundreds of processes: byte code is kept for them, whatever the environment says.
test: programs
	PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n 2 $(ARGS)

test-torch: programs $(TORCH)
	$(PYTHON) -m pytest -n 2 -m "jax or torch"

lint: $(TESTS)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: $(TESTS)
	$(PYTHON) -m mypy

check: test lint types

wheels: $(TESTS)
	rm -rf dist
	for project in . plugins/ebana_diode_mos plugins/ebana_memristor; do \
	  $(PYTHON) -m build --wheel --outdir dist $$project || exit 1; done

docs: $(DOCS)
	@$(PYTHON) tools/programs.py ngspice
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict
	$(PYTHON) -m tools.site_check build/site

bench: programs
	OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.speed --short

bench-full: programs
	OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.speed --data "$(DATA)" --out benchmarks/results/speed.json
	OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.growth --out benchmarks/results/growth.json

clean:
	rm -rf .venv .venv.new build dist *.egg-info plugins/*/build plugins/*/src/*.egg-info
