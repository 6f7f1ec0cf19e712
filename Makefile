# `make help` lists what there is. Each target does its own set-up, from nothing.
.DEFAULT_GOAL := help
PYTHON ?= python3
export PYTHON
# Every engine run starts several Pythons: without compiled modules beside the sources
# each of them compiles all its imports again, which is a third of the tests' time.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv/bin

.PHONY: help setup engine demo test native coverage faults kill year model answers contract audit-deps sbom plugin bench bench-quick check versions dry-release docs clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Make .venv with everything in uv.lock
	@scripts/setup

engine: setup  ## Find or build the Pulumi engine, and print its folder last
	@$(VENV)/python -m scripts.engine --yaml > /dev/null
	@$(VENV)/python -m scripts.engine --sdks > /dev/null
	@$(VENV)/python -m scripts.engine

demo: setup  ## Show it at work without an account: emulator, engine, quickstart
	@$(VENV)/python -m scripts.demo

test: check engine  ## Run everything: checks, all tests on the real engine, the wheel
	$(VENV)/pytest -n 2 --dist worksteal
	scripts/check-wheel

coverage: setup  ## Run all tests again, and count lines and branches (a quarter slower)
	@$(VENV)/coverage erase
	$(VENV)/coverage run -m pytest -n 2 --dist worksteal
	@$(VENV)/coverage combine --quiet
	$(VENV)/coverage report

# OPTIONS="--native" of the next two and of `model`: through the native provider.
# OPTIONS="--record" of these, `year` and `contract`: docs/promises.md keeps the table.
faults: setup  ## Try every request with every fault, on the engine (half an hour)
	@$(VENV)/python -m scripts.proof.faults $(OPTIONS)

kill: setup  ## Kill 200 runs at random moments (half an hour)
	@$(VENV)/python -m scripts.proof.kill $(OPTIONS)

year: setup  ## Run 50 ups over a year of emulated days, and judge each promise (20 minutes)
	@$(VENV)/python -m scripts.proof.year $(OPTIONS)

# URL counts on the command line alone: none that happens to be in the environment is
# ever asked. The key comes through the environment, so that no recipe shows it.
contract: setup  ## Judge the emulator at length; with URL=…, judge a real account
ifeq ($(origin URL),command line)
	@$(VENV)/python -m scripts.contract --url "$$URL" --record "$${RECORD:-contract.jsonl}" \
		$(if $(filter 1,$(WRITE)),--write)
else
	@$(VENV)/python -m scripts.contract.emulated $(OPTIONS)
endif

bench: setup  ## Measure the speed against engine and API (an hour, on an idle machine)
	@$(VENV)/python -m benchmarks --page docs/performance.md

bench-quick: setup  ## The same with few people and rounds, into build/ (some minutes)
	@$(VENV)/python -m benchmarks --quick --results build/benchmarks

audit-deps: setup  ## Look up known vulnerabilities of the locked dependencies (network)
	@scripts/audit-deps

SBOM ?= dist/sbom.cdx.json
sbom: setup  ## List the components of the package and its extras (CycloneDX), into dist/
	@mkdir -p "$(dir $(SBOM))"
	@$(VENV)/uv export --quiet --preview-features sbom-export --format cyclonedx1.5 \
		--frozen --no-dev --all-extras --output-file "$(SBOM)"
	@echo "$(SBOM)"

plugin: setup  ## Pack the native provider for Pulumi, under its six names, into dist/
	@$(VENV)/python -m scripts.plugin

check: setup  ## Check types and style
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	@# One by one: each is a program of its own, called __main__.
	@set -e; for program in examples/*/__main__.py templates/*/__main__.py; do \
		$(VENV)/mypy --no-error-summary $$program; done

docs: setup  ## Build the pages and the reference as a site; a broken link fails it
	@$(VENV)/python -m scripts.site

native: setup  ## Run the tests on the engine through the native provider
	$(VENV)/pytest tests/engine --provider native -n 2 --dist worksteal

model: setup  ## Try random programs, manual edits and faults against a simple model
	@$(VENV)/python -m scripts.proof.model $(OPTIONS)

ANSWERS ?= 3000
answers: setup  ## Make the API's answers wrong at random; nothing counts without evidence
	@ODD_ANSWERS=$(ANSWERS) $(VENV)/pytest -p no:randomly --timeout 0 tests/proof/test_answers.py

versions: setup  ## Run a short form of the tests on each Python, oldest and newest dependencies
	@$(VENV)/python -m scripts.versions $(if $(WHEEL),--wheel $(WHEEL)) $(PYTHONS)

dry-release: setup  ## Run the shell of both workflows on a fresh clone, and publish nothing
	$(VENV)/pytest --timeout 0 -v tests/release/dry_run.py

clean:  ## Remove everything that make built in this clone (not the engine's cache)
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -f examples/*/.venv
