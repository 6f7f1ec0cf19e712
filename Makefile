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

setup:  ## Make .venv with everything that uv.lock names
	@scripts/setup

engine: setup  ## Find or make the Pulumi engine; print its folder last
	@$(VENV)/python -m scripts.engine --yaml > /dev/null
	@$(VENV)/python -m scripts.engine --sdks > /dev/null
	@$(VENV)/python -m scripts.engine

demo: setup  ## See it work, without an account: emulator, engine, quickstart
	@$(VENV)/python -m scripts.demo

test: check engine  ## Run everything: checks, all tests on the real engine, the wheel
	$(VENV)/pytest -n 2 --dist worksteal
	scripts/check-wheel

coverage: setup  ## All tests again, with lines and branches counted; a quarter slower
	@$(VENV)/coverage erase
	$(VENV)/coverage run -m pytest -n 2 --dist worksteal
	@$(VENV)/coverage combine --quiet
	$(VENV)/coverage report

# OPTIONS="--native" of the next two and of `model`: through the native provider.
# OPTIONS="--record" of these, `year` and `contract`: docs/promises.md keeps the table.
faults: setup  ## Every request with every fault, on the engine; half an hour
	@$(VENV)/python -m scripts.proof.faults $(OPTIONS)

kill: setup  ## 200 runs killed at random moments; half an hour
	@$(VENV)/python -m scripts.proof.kill $(OPTIONS)

year: setup  ## 50 ups over a year of emulated days, each promise after each; 20 minutes
	@$(VENV)/python -m scripts.proof.year $(OPTIONS)

# URL counts on the command line alone: none that happens to be in the environment is
# ever asked. The key comes through the environment, so that no recipe shows it.
contract: setup  ## The emulator at length; with URL=…: which assumptions hold there
ifeq ($(origin URL),command line)
	@$(VENV)/python -m scripts.contract --url "$$URL" --record "$${RECORD:-contract.jsonl}" \
		$(if $(filter 1,$(WRITE)),--write)
else
	@$(VENV)/python -m scripts.contract.emulated $(OPTIONS)
endif

bench: setup  ## How fast it is, over what engine and API cost; an hour, a quiet machine
	@$(VENV)/python -m benchmarks --page docs/performance.md

bench-quick: setup  ## The same with few people and rounds, into build/; some minutes
	@$(VENV)/python -m benchmarks --quick --results build/benchmarks

audit-deps: setup  ## The locked dependencies against the known vulnerabilities (network)
	@scripts/audit-deps

SBOM ?= dist/sbom.cdx.json
sbom: setup  ## What the package and its extras are made of (CycloneDX), into dist/
	@mkdir -p "$(dir $(SBOM))"
	@$(VENV)/uv export --quiet --preview-features sbom-export --format cyclonedx1.5 \
		--frozen --no-dev --all-extras --output-file "$(SBOM)"
	@echo "$(SBOM)"

plugin: setup  ## The native provider as Pulumi downloads it, under its six names, in dist/
	@$(VENV)/python -m scripts.plugin

check: setup  ## Types and style
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	@# One by one: each is a program of its own, called __main__.
	@set -e; for program in examples/*/__main__.py templates/*/__main__.py; do \
		$(VENV)/mypy --no-error-summary $$program; done

docs: setup  ## The pages and the reference as a site in build/site; a broken link fails it
	@$(VENV)/python -m scripts.site

native: setup  ## The tests on the engine, through the native provider
	$(VENV)/pytest tests/engine --provider native -n 2 --dist worksteal

model: setup  ## Random programs, manual edits and faults against a plain model
	@$(VENV)/python -m scripts.proof.model $(OPTIONS)

ANSWERS ?= 3000
answers: setup  ## Odd answers of the API at random: nothing counts without evidence
	@ODD_ANSWERS=$(ANSWERS) $(VENV)/pytest -p no:randomly --timeout 0 tests/proof/test_answers.py

versions: setup  ## Tests in short on each Python, oldest and newest dependencies
	@$(VENV)/python -m scripts.versions $(if $(WHEEL),--wheel $(WHEEL)) $(PYTHONS)

dry-release: setup  ## The shell of both workflows on a fresh clone, publishing nothing
	$(VENV)/pytest --timeout 0 -v tests/release/dry_run.py

clean:  ## Remove what the above made in this clone (not the engine's cache)
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -f examples/*/.venv
