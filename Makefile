# The two commands are `make run` and `make test`; `make help` lists the rest.
# Works with GNU make 3.81, which macOS brings.

UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
# The first Python from 3.11 on; `make run PYTHON=/path/to/python3` chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
# The settings of the linters; a developer's own .env stays outside.
AS_TEST := ENV_FILE=tests/test.env
ROOMS := sertakan bricks regions accounts notices donors workers payments contributions dashboards

.DEFAULT_GOAL := help
.PHONY: help setup run test lint fmt lock texts bench clean \
	lint-style lint-floors lint-types lint-pages lint-django

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.ok-runtime ## start the whole portal with its demo; Ctrl-C stops it
	@exec $(BIN)/python -m sertakan.supervisor

test: $(VENV)/.ok-dev ## lint, then every test on every engine in reach
	@$(BIN)/python -m tests.run

setup: $(VENV)/.ok-dev ## prepare .venv with everything that development needs

lint: lint-style lint-floors lint-types lint-pages lint-django ## style, floors, types, templates, migrations

lint-style: $(VENV)/.ok-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-floors: $(VENV)/.ok-dev
	$(BIN)/lint-imports --no-cache --no-logo

lint-types: $(VENV)/.ok-dev
	$(AS_TEST) $(BIN)/mypy $(ROOMS)

lint-pages: $(VENV)/.ok-dev
	$(BIN)/djlint templates --lint --quiet

lint-django: $(VENV)/.ok-dev
	$(AS_TEST) $(BIN)/python manage.py makemigrations --check --dry-run
	$(AS_TEST) $(BIN)/python manage.py check --fail-level WARNING

fmt: $(VENV)/.ok-dev ## bring the code into form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: $(VENV)/.ok-dev ## compile requirements*.txt anew from pyproject.toml
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt

COMPILE := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

texts: $(VENV)/.ok-dev ## collect the texts to translate into locale/en (needs gettext)
	$(AS_TEST) $(BIN)/python manage.py makemessages --locale en --no-obsolete --add-location file --ignore "tests/*"

bench: $(VENV)/.ok-dev ## measure what must stay fast; ONLY=renewal SIZE=100000 for one of them
	$(BIN)/python -m benchmarks $(ONLY) $(SIZE)

clean: ## remove what can be made again (.venv, caches); .env and var/ (the data) stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete

# --- how .venv is made ---------------------------------------------------------
# The stamps are older than a changed lock, so that a pull installs what it brings.

$(VENV)/.ok-runtime: requirements.txt | $(BIN)/pip
	@$(call install,requirements.txt)
	@touch $@

# The development lock holds the runtime lock too.
$(VENV)/.ok-dev: requirements-dev.txt | $(BIN)/pip
	@$(call install,requirements-dev.txt)
	@touch $(VENV)/.ok-runtime $@

# uv installs in seconds but knows nothing of pip's settings (mirrors, proxies), so
# pip does it where uv cannot be had or cannot reach its registry.
define install
echo "Installing $(1) ..."; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) 2>/dev/null || true; \
if test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); then :; \
else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); fi
endef

$(BIN)/pip:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or later is needed: install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
