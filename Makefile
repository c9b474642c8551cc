# Two commands: `make rehearse` practises the cutover and the rollback; `make test` runs everything the gate runs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: rehearse test clients contract bench mutation docs lint install lock clean

$(BIN)/sombra-rehearsal: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install --constraint requirements.lock --editable .
	$(BIN)/python -m compileall -q fake_sombra harness scenarios  # pip does so for a wheel; a tenth of the first run
	@touch $@

install: $(BIN)/sombra-rehearsal

$(VENV)/.tested: $(BIN)/sombra-rehearsal
	$(PIP) install --constraint requirements.lock --editable . --group test --group lint
	@touch $@

rehearse: install
	$(BIN)/sombra-rehearsal rehearse $(ARGS)

# Everything, in seven minutes or so; `pytest -n 2` alone is the quick part, which leaves out what is marked `gate`.
# Tests of what this machine lacks (PostgreSQL, Node, a container engine) are skipped with their reason and counted at the end.
test: lint
	$(BIN)/python -m pytest -n 2 -m "" $(ARGS)

# The public programs that tests/clients drives; without them those tests are skipped.
clients: tests/clients/node_modules/.package-lock.json

tests/clients/node_modules/.package-lock.json: tests/clients/package.json tests/clients/package-lock.json
	cd tests/clients && npm ci --omit=dev
	@touch $@

# Thousands of generated calls against a gateway over sockets, in both eras (tests/conformance/contract); minutes.
CASES ?= 6000
contract: $(VENV)/.tested
	SOMBRA_REHEARSAL_CONTRACT_CASES=$(CASES) $(BIN)/python -m pytest tests/conformance/contract -k thousands $(ARGS)

# Ours beside its peer, in minutes; exits 1 when a target is missed (docs/benchmarks.md).
bench: install
	$(PIP) install --constraint requirements.lock --group bench
	$(BIN)/python -m benchmarks $(ARGS)

# Small changes of our own code, one at a time, part by part (docs/mutation.md); an hour or more, not part of `make test`.
mutation: $(VENV)/.tested
	$(PIP) install --constraint requirements.lock --group mutation
	nice -n 15 $(BIN)/python -m tests.mutation $(ARGS)

# Pages made from the tables in the code; a test fails when they are out of date.
docs: install
	$(BIN)/python -m harness.documents write

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Newest releases that fit pyproject.toml, for every Python we support.
lock:
	uv pip compile --universal --python-version 3.11 --upgrade --no-emit-index-url --no-header --no-annotate \
	  --all-extras --group test --group lint --group bench --group mutation pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) runs tests/clients/node_modules
