# make lab · test · lint · refresh · models · readme · lock: each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB_OPTIONS ?=
# Jupyter refuses to run as root, which is what a container runs as
ROOT_OPTION := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test lint format refresh models readme lock setup
.DEFAULT_GOAL := lab

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.txt pyproject.toml .ci/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "The course needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint .ci/requirements.lock --requirement requirements.txt --editable ".[test]"
	@touch $@

lab: setup
	$(BIN)/jupyter lab $(ROOT_OPTION) \
	  --LabApp.default_url=/lab/tree/notebooks/01_images.ipynb $(LAB_OPTIONS)

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests
	$(BIN)/python -m tests.check_notebooks $(NBVAL_OPTIONS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# make refresh NB=02, or NB="02 solutions/02": execute and store the outputs
refresh: setup
	$(BIN)/python -m tests.refresh $(NB)

# train the committed models again (about 20 minutes on two cores; needs CIFAR-10)
models: setup
	$(BIN)/python -m benchmarks.train_models

readme: setup
	$(BIN)/python -m tests.readme

# not through setup, which would install by the old lock
lock:
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
	  --extra test --output-file .ci/requirements.lock requirements.txt pyproject.toml
