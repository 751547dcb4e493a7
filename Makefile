# Two commands matter: `make demo` (the main job) and `make test` (the whole suite). Both make .venv where it is missing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
JOBS   ?= 2

.PHONY: demo test check format clean
.DEFAULT_GOAL := test

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.agent: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[agent]"
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.agent

demo: $(VENV)/.agent ## warm-start a tiny model, train FlowRL and GRPO on Countdown, print a table, write a report page
	$(BIN)/flowrl demo

test: $(VENV)/.dev ## the whole test suite
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(VENV)/.dev ## format, lint, types, import floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## rewrite files in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
