# Two commands on a fresh machine that has Python 3.11 or newer, git and make:
#   make demo    run the main scenario and say where figure, table and result are
#   make test    the whole test suite
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
JOBS   ?= auto

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check install --quiet

PACKAGE := $(shell find bfrsim models scenarios -type f -not -name '*.pyc' 2>/dev/null)

.PHONY: demo test check format schema clean
.DELETE_ON_ERROR:

demo: $(VENV)/ready-to-run
	$(BIN)/bfrsim demo

test: $(VENV)/ready-to-test
	$(BIN)/python -m pytest -n $(JOBS)

check: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy bfrsim

format: $(VENV)/ready-to-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What editors are told of scenarios; run it after a change of bfrsim/scenario (a test compares).
schema: $(VENV)/ready-to-test
	$(BIN)/bfrsim schema -o scenarios/schema.json

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "bfrsim needs Python 3.11 or newer; name one with: make demo PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# `make demo` installs the package as a user would, again after each change; once the developers' environment stands,
# the package is editable and nothing has to be installed again.
$(VENV)/ready-to-run: pyproject.toml $(PACKAGE) | $(BIN)/python
	@test -e $(VENV)/ready-to-test || { echo "Installing bfrsim into $(VENV)"; $(PIP) .; }
	@touch $@

$(VENV)/ready-to-test: pyproject.toml | $(BIN)/python
	@echo "Installing bfrsim with the tools of its developers into $(VENV); the first time takes a minute or two"
	@$(PIP) --editable '.[dev]'
	@touch $@
