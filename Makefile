# catplotter: `make run` draws a cat, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
TRAIN := .venv-train
ARGS ?=
SEED ?= 1
DIALECT ?= stock
INSTANTS ?= 100
# Compiled once, also where Python was told to keep nothing: the tests start it a hundred times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run check test test-training coverage bench faults faults-all long replay crash hall bench-hall fuzz fuzz-svg hunt-hops walk train requirements \
        release install uninstall clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(VENV)/.run: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements.txt
	$(VENV)/bin/pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(VENV)/bin/pip install --quiet -e '.[dev]'
	@touch $@

$(TRAIN)/.train: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/pip install --quiet -e '.[train,dev]'
	@touch $@

run: $(VENV)/.run ## start the service, with a simulated plotter and button where there is no hardware
	@$(VENV)/bin/catplotter serve --simulate-missing $(ARGS)

check: $(VENV)/.dev ## lint, format and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m tests.pi_service.web.api_types .cache/api.d.ts
	DENO_DIR=.cache/deno DENO_NO_UPDATE_CHECK=1 $(VENV)/bin/deno check --quiet --config .ci/web-types.json pi_service/web/static/js
	@if [ -x $(VENV)/bin/biome ]; then $(VENV)/bin/biome check --config-path=.ci/web-lint.json --error-on-warnings; \
	  else echo "biome has no package for this processor: JavaScript and CSS are linted elsewhere"; fi

test: check ## every test that needs no torch
	$(VENV)/bin/pytest -n 4 --dist worksteal $(ARGS)

test-training: $(TRAIN)/.train ## the tests of model_training, in an environment with torch
	$(TRAIN)/bin/mypy --exclude '^$$' model_training tests/model_training/*.py
	$(TRAIN)/bin/pytest tests/model_training $(ARGS)

coverage: $(VENV)/.dev ## the tests again, more slowly: which lines of the product they never come to
	$(VENV)/bin/pytest -n 2 --dist worksteal --cov --cov-report=term $(ARGS)

bench: $(VENV)/.dev ## the figures in the README
	$(VENV)/bin/python -m tests.bench $(ARGS)

faults: $(VENV)/.dev ## every fault at 100 random instants of a drawing: make faults SEED=2 DIALECT=grblhal
	for dialect in $(DIALECT); do echo "faults: $$dialect"; \
	  CATPLOTTER_FAULT_INSTANTS=$(INSTANTS) CATPLOTTER_FAULT_SEED=$(SEED) CATPLOTTER_FAULT_DIALECT=$$dialect \
	  $(VENV)/bin/pytest -n 2 tests/firmware_gcode/grbl/test_link_faults.py $(ARGS) || exit 1; done

faults-all: ## the same for every dialect that is drawn with
	$(MAKE) faults DIALECT="stock servo servo-xy grblhal fluidnc grbl_esp32"

long: $(VENV)/.dev ## a simulated day of drawing without a pause: link and machine must not drift apart
	CATPLOTTER_LONG_HOURS=24 $(VENV)/bin/pytest tests/firmware_gcode/grbl/test_link_long.py -s $(ARGS)

replay: $(VENV)/.dev ## recorded conversations with GRBL, held in real time: make replay ARGS="--load 4"
	$(VENV)/bin/python -m tests.firmware_gcode.simulator.replay $(ARGS)

crash: $(VENV)/.dev ## kill -9 at 1,000 random instants of gallery work: make crash SEED=2
	$(VENV)/bin/python -m tests.pi_service.studio.crash_gallery $$(mktemp -d) --seed $(SEED) --kills 1000

hall: $(VENV)/.dev ## 20 plotters and a broker, both killed at random: make hall SEED=2
	$(VENV)/bin/python -m tests.pi_service.fleet.hall $$(mktemp -d) --seed $(SEED) $(ARGS)

bench-hall: $(VENV)/.dev ## messages, the broker's load and the time of a command: make bench-hall ARGS="--plotters 1000"
	$(VENV)/bin/python -m tests.pi_service.fleet.bench_hall $(ARGS)

fuzz: $(VENV)/.dev ## thirteen thousand made-up requests to a real service: make fuzz SEED=2
	$(VENV)/bin/python -m tests.pi_service.web.fuzz --seed $(SEED) $(ARGS)

walk: $(VENV)/.dev ## 5,000 random steps of staff, visitors, a stop pin and a cable: make walk SEED=2
	$(VENV)/bin/python -m tests.pi_service.web.walk --seed $(SEED) $(ARGS)

hunt-hops: $(VENV)/.dev ## ten thousand drawings on made-up machines: no hop touches the paper: make hunt-hops SEED=2
	$(VENV)/bin/python -m tests.firmware_gcode.program.hop_hunt --seed $(SEED) $(ARGS)

fuzz-svg: $(VENV)/.dev ## ten thousand SVG files with something wrong in them: make fuzz-svg SEED=2
	$(VENV)/bin/python -m tests.firmware_gcode.drawing.svg_fuzz --seed $(SEED) $(ARGS)

train: $(TRAIN)/.train ## the sketch model's commands, for example: make train ARGS="train --help"
	$(TRAIN)/bin/python -m model_training $(ARGS)

requirements: $(VENV)/.dev ## pin what the Pi installs, with hashes, for aarch64 and x86-64
	$(VENV)/bin/pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" -o requirements.txt
	echo "apprise>=2.3,<3" | $(VENV)/bin/uv pip compile - --constraint requirements.txt --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" -o pi_service/plugins/requirements-apprise.txt

release: test ## all tests, then wheel and source archive in dist/, looked into and installed afresh
	$(VENV)/bin/python -m tests.release.check $(if $(WHEELS),--wheels $(WHEELS)) $(ARGS)

install: ## set this machine up as a catplotter for good: sudo make install
	$(PYTHON) -B -m pi_service.appliance install $(if $(WHEELS),--wheels $(WHEELS)) $(ARGS)

uninstall: ## take it off this machine; its drawings stay
	$(PYTHON) -B -m pi_service.appliance uninstall $(ARGS)

clean: ## remove both environments and every cache
	rm -rf $(VENV) $(TRAIN) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
