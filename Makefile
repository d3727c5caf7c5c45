# The commands of daily life. `make` alone prints them. Each makes the environment it needs by itself.

# The first Python on this machine that is new enough; choose another with `make run PYTHON=/path/to/python3`.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
CODE := app bpmn tests benchmarks scripts
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help run test check bench fuzz soak conformance peer format lock migrate docs clean

help:  ## print these lines
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F@ '{printf "%-16s %s\n", $$1, $$2}'

run: $(VENV)/runtime.stamp  ## start API and worker on http://127.0.0.1:8080 with the examples deployed
	@exec $(BIN)/python -m app run

test: $(VENV)/dev.stamp  ## run every test, against SQLite and a PostgreSQL that the tests start themselves
	@exec $(BIN)/python -m pytest -n logical

check: $(VENV)/dev.stamp  ## style, types and import contracts of everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# PEER is the address that `make peer` printed.
bench: $(VENV)/dev.stamp  ## measure the server beside a floor on both databases, and beside PEER=... where one runs (takes long)
	@exec $(BIN)/python -m benchmarks --peer "$(PEER)"

fuzz: $(VENV)/dev.stamp  ## thousands of random models and requests (takes long)
	@exec $(BIN)/python -m pytest -n logical -m fuzz

soak: $(VENV)/dev.stamp  ## load and kill the server for a long time
	@exec $(BIN)/python -m pytest -m soak

# SUITE names the suites (betsy); BASE a server to measure instead of one of our own; PEER one to measure beside it.
conformance: $(VENV)/dev.stamp  ## run suites of the kit in the folder SUITES=... against the server (SUITE="betsy dmn", BASE=..., PEER=...)
	@exec $(BIN)/python -m scripts.conformance "$(SUITES)" --suite $(or $(SUITE),betsy) --base "$(BASE)" --peer "$(PEER)"

peer: $(VENV)/dev.stamp  ## build Operaton and run it on http://127.0.0.1:8090/engine-rest, to be measured beside (needs a JDK and Maven; PORT=...)
	@exec $(BIN)/python -m benchmarks.peers --port $(or $(PORT),8090)

format: $(VENV)/dev.stamp  ## bring the code into the agreed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/dev.stamp  ## pin what pyproject.toml asks for into the lock files (UPGRADE=--upgrade for newer)
	$(LOCK) pyproject.toml --all-extras --output-file requirements.lock
	$(LOCK) pyproject.toml --all-extras --group dev --constraint requirements.lock --output-file requirements-dev.lock

migrate: $(VENV)/runtime.stamp  ## bring the configured database to the newest schema
	@exec $(BIN)/python -m app migrate

docs: $(VENV)/dev.stamp  ## write the documentation pages that are made from the code
	@exec $(BIN)/python -m scripts.write_docs

clean:  ## remove the environment and all caches; data stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is younger than its lock file when what the lock names is installed.
$(VENV)/runtime.stamp: requirements.lock scripts/bootstrap.py
	@$(require_python)
	@$(PYTHON) scripts/bootstrap.py $(VENV) requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock scripts/bootstrap.py
	@$(require_python)
	@$(PYTHON) scripts/bootstrap.py $(VENV) requirements-dev.lock
	@touch $@

define require_python
test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found; name one with PYTHON=/path/to/python3"; exit 1; }
endef
