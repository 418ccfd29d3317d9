# Each target does its own set-up: a virtual environment from the lock file with hashes, nothing global.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint bench nightly screenshots clean

demo: $(VENV)/.runtime
	@exec $(BIN)/python -m launch demo

test: $(VENV)/.dev
	@$(BIN)/python -m tests.setup
	$(BIN)/python -m tests.run

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint --lint templates launch/sandbox/templates

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

nightly: $(VENV)/.dev
	@$(BIN)/python -m tests.setup
	PARLEY_NIGHTLY=1 $(BIN)/python -m tests.run

screenshots: $(VENV)/.dev
	@$(BIN)/python -m tests.setup
	$(BIN)/python -m tests.journeys.screenshots

$(VENV)/.runtime: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -f $(VENV)/.dev || $(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) .bench .cache .screens
