# Early Alignment, executable. `make help` lists what there is.

PYTHON  ?= python3
PROFILE ?= ci
JOBS    ?=
PORT    ?= 8000
PIP_ARGS ?=

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
jobs  := $(if $(JOBS),--jobs $(JOBS))
side_by_side := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(or $(JOBS),auto) --maxprocesses 8

export NUMBA_CACHE_DIR := $(CURDIR)/_build/numba
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help book test sync lab serve bench clean

help: ## list the targets
	@echo "Early Alignment, executable"; echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "  PROFILE=smoke|quick|ci|paper  JOBS=N  PORT=N  PYTHON=python3.12  CHROMIUM=/path/to/chromium  PIP_ARGS=..."

book: $(READY) ## compute what is missing, execute the chapters, build the site
	$(BIN)/earlyalign build --profile $(PROFILE) $(jobs)

test: $(READY) ## run every test: code, pairs, pipeline, controls, the book, the site in a browser
	@chromium="$$(sh tests/chromium.sh)" && export CHROMIUM="$$chromium" && \
	echo "browser: $$chromium" && \
	$(side_by_side) -m "not book and not site" && \
	$(BIN)/python -m pytest -m book && \
	$(side_by_side) -m site

sync: $(READY) ## write the chapters' parameters cells from the ci profile, and their notebooks
	$(BIN)/earlyalign sync

lab: $(READY) ## open the chapters in JupyterLab, at the quick profile unless PROFILE says otherwise
	EARLYALIGN_PROFILE=$(if $(filter file,$(origin PROFILE)),quick,$(PROFILE)) $(BIN)/jupyter lab --notebook-dir book

serve: $(READY) ## show the built site, on port 8000 unless PORT says otherwise
	$(BIN)/earlyalign serve --profile $(PROFILE) --port $(PORT)

bench: $(READY) ## time the training kernels against torch and, if it is installed, JAX
	$(BIN)/python -m tests.bench

clean: ## remove what was built; computed runs and the virtual environment stay
	@if [ -x $(BIN)/earlyalign ]; then $(BIN)/earlyalign clean; else echo "nothing was built"; fi

$(READY): requirements.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is not. Try: make book PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) -r requirements.txt
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --no-deps --editable .
	@touch $@
