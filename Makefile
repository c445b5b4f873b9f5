# Everything a newcomer, CI and a release run. `make setup` happens by itself when .venv is missing or old.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.PHONY: help setup demo test check fix lock clean benchmarks
help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with haulback and its tools, from the hashed lock

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@scripts/setup $(PYTHON) $(VENV)
	@touch $@

demo: $(STAMP) ## deploy, break, take back, crash and refuse, on a real PostgreSQL, with writers all the while
	@$(VENV)/bin/haulback demo

test: $(STAMP) ## every kind of test
	@scripts/test $(VENV)

check: $(STAMP) ## ruff, mypy, import-linter and the unit tests
	@$(VENV)/bin/ruff check --no-cache src tests benchmarks scripts
	@$(VENV)/bin/ruff format --check src tests benchmarks
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/pytest -q tests/unit

fix: $(STAMP) ## format, and mend what ruff can
	@$(VENV)/bin/ruff format src tests benchmarks
	@$(VENV)/bin/ruff check --fix src tests benchmarks scripts

lock: ## write the hashed requirements again (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean: ## stop what runs and delete what was made here
	-@$(VENV)/bin/haulback down 2>/dev/null
	rm -rf $(VENV) .haulback .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
