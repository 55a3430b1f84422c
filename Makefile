# Every target a person needs; `make` prints them.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench chaos fuzz pages

help: ## print this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: .venv/.installed ## make .venv/ with everything in it

demo: install ## a small county from files to answers, in the terminal
	$(BIN)/pupilstream demo

test: install ## the whole suite, on real Kafka and real Postgres
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: install ## format, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: install ## speed, CPU and memory, printed as tables; quick=1 for two minutes
	$(BIN)/python -m tests.benchmarks $(if $(quick),--quick)

chaos: install ## the long campaign of kills
	$(BIN)/python -m tests.chaos

fuzz: install ## ten minutes of mutated files against the reader
	$(BIN)/python -m tests.fuzz

pages: install ## write the pages that are made from code and tests
	$(BIN)/python -m tests.bad_input.page
	$(BIN)/python -m schemas.asyncapi
