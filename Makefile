# Two commands: `make rehearse` practises the cutover and the rollback; `make test` is the gate.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: rehearse test lint install clean

$(BIN)/sombra-rehearsal: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

install: $(BIN)/sombra-rehearsal

rehearse: install
	$(BIN)/sombra-rehearsal rehearse $(ARGS)

test:
	bash .ci/run

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) runs
