# Everything here works from a bare checkout: Python 3.11 or newer, git and make are all it takes.
#
#   make run      the inspector on http://127.0.0.1:4747     PORT=5000  ARGS="--signing-key k"
#   make test     every test                                 ARGS="-k signature"  JOBS=2
#   make check    lint, format, types, layers, documentation
#   make bench    the benchmarks, each beside its reference  ONLY=receive
#   make format   let ruff mend what it can
#   make clean    remove .venv, caches and builds

BIN := .venv/bin
SETUP := @PYTHON="$(PYTHON)" .ci/setup
PORT ?=
ARGS ?=
ONLY ?=
JOBS ?=

.PHONY: run test check lint types layers docs tools bench format clean

run:
	$(SETUP)
	@$(BIN)/inspector serve $(if $(PORT),--port $(PORT)) $(ARGS)

test:
	$(SETUP) test
	$(BIN)/python -m pytest $(if $(JOBS),-n $(JOBS) --dist loadfile) $(ARGS)

check: lint types layers docs

lint types layers docs format: tools
tools:
	$(SETUP) test dev

lint:
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

docs:
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_house.py

bench:
	$(SETUP) bench
	$(BIN)/python -m benchmarks $(ONLY) $(ARGS)

format:
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .*_cache .hypothesis dist build
