# The face of the project. A fresh machine needs python3 (3.11 or newer) and make:
# every verb sets up what it lacks first, from the lock files.
#
#   make demo ARGS=--stay        ARGS goes to the command behind the verb
#   make PYTHON=python3.12 test  another Python; WORKERS=6 for more test processes

PYTHON  ?= python3
# More than two cores have: tests wait for browsers, databases and servers.
WORKERS ?= 3
ARGS    ?=
BIN     := .venv/bin
# A run of everything is also measured: it has to reach the rules, branch by branch.
COVERAGE = $(if $(ARGS),,--cov --cov-config=tests/coverage.toml)

.DEFAULT_GOAL := help
.PHONY: help setup run-parts demo test check serve e2e interop bench docs drills \
        lock new-adr fmt clean

help:  ## this list
	@$(PYTHON) -m scripts.verbs

setup:  ## everything that develops and tests: environment, system parts, npm packages
	@$(PYTHON) -m scripts.bootstrap dev

run-parts:
	@$(PYTHON) -m scripts.bootstrap demo

demo: run-parts  ## the main job, live: sign in, call an API, renew, sign out
	@$(BIN)/gatelodge demo $(ARGS)

serve: run-parts  ## a server on this machine; its data stays in gatelodge-data
	@$(BIN)/gatelodge serve $(ARGS)

test: setup  ## everything: lint, types, then every test
	@$(BIN)/python -m scripts.check lint format types
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(COVERAGE) $(ARGS)

check: setup  ## under a minute: lint, types, architecture and the fast tests
	@$(BIN)/python -m scripts.check $(ARGS)

e2e: setup  ## the pages and the whole flow in a real browser
	$(BIN)/python -m pytest -m browser $(ARGS)

interop: setup  ## other people's clients against a running server
	$(BIN)/python -m pytest tests/interop $(ARGS)

drills: setup  ## long drills: crashes, races, restarts, whole matrices
	$(BIN)/python -m pytest --drills $(ARGS)

bench: setup  ## measure; ARGS names what
	$(BIN)/python -m bench $(ARGS)

docs: setup  ## write the generated pages anew
	@$(BIN)/python -m scripts.docs

lock: setup  ## write requirements/*.txt anew; ARGS=--upgrade for newer releases
	@$(BIN)/python -m scripts.lock $(ARGS)

new-adr:  ## a decision record: make new-adr TITLE="Rows, not documents"
	@$(PYTHON) -m scripts.new_adr "$(TITLE)"

fmt: setup  ## format, and repair what the linter can
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format .

clean:  ## remove caches and build results; the environment and data stay
	@$(PYTHON) -m scripts.clean
