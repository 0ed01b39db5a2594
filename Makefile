# Two commands do the work: `make book` and `make test`. Each sets up .venv first, once.
PYTHON ?= python3
PROFILE ?= demo
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help setup book test smoke run lab lint clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=python3.x")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Setting up .venv (a few minutes, once) ..."
	@$(PIP) install -c constraints.txt -e '.[run,book,test]'
	@touch $@

setup: $(READY) ## set up .venv with the tested versions

book: $(READY) ## run the notebooks and build the book (PROFILE=demo)
	@$(BIN)/coinco run --profile $(PROFILE)
	@$(BIN)/coinco book --profile $(PROFILE)

run: $(READY) ## run the notebooks only (PROFILE=demo)
	@$(BIN)/coinco run --profile $(PROFILE)

smoke: $(READY) ## the same as book, as small as it goes, in a few minutes
	@$(BIN)/coinco run --profile smoke
	@$(BIN)/coinco book --profile smoke

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(READY) ## check style, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lab: $(READY) ## open the notebooks in JupyterLab, with a copy of the book's runs
	@test -d runs/lab || test ! -d runs/demo || cp -R runs/demo runs/lab
	@$(BIN)/jupyter lab --notebook-dir=notebooks

clean: ## remove what was made here: runs, the book, caches (.venv stays)
	@rm -rf runs stage _build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
