# claimwire. `make help` lists the targets. Each target makes the environment it needs; a warm run installs nothing.

PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# --python: an activated environment of the user's is not ours to install into.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
PIP := --quiet --disable-pip-version-check --constraint constraints.txt uv
# Without bytecode on disk each process compiles a thousand modules anew: more than a second of every start.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := $(wildcard pipeline tests training benchmarks examples schemas deploy)

.DEFAULT_GOAL := help
.PHONY: help demo test lint faults fuzz soak replay-check evaluate bench tools audit sbom lock schemas manifests release-schemas clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.runtime ## broker, processors and the page on examples/; ARTICLES=FILE… sends those, ONCE=1 stops after printing
	$(BIN)/claimwire demo $(if $(ONCE),--once) $(ARTICLES)

test: lint ## everything that CI runs: the linters, then every test
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: .venv/.dev ## ruff, mypy, and the direction of imports
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: .venv/.dev ## the whole table of faults, an hour, into docs/reliability.md; ONLY=NAME,… for some, TIMES=N, FRESH=1
	$(BIN)/python -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(TIMES),--times $(TIMES)) $(if $(FRESH),--fresh)

fuzz: .venv/.dev ## 20,000 mutated records through a broker and an annotator; RECORDS=N, SEED=N
	$(BIN)/python -m tests.faults.fuzz $(if $(RECORDS),--records $(RECORDS)) $(if $(SEED),--seed $(SEED))

soak: .venv/.dev ## memory over 50,000 articles with a stub model, 2,000 with the real one; MODEL=stub|real, ARTICLES=N
	$(BIN)/python -m tests.faults.soak $(if $(MODEL),--model $(MODEL)) $(if $(ARTICLES),--articles $(ARTICLES))

replay-check: .venv/.dev ## 8,000 articles of research data replayed through five kills and undisturbed, compared; ARTICLES=N
	$(BIN)/python -m tests.faults.replay $(if $(ARTICLES),--articles $(ARTICLES))

evaluate: .venv/.dev ## quality of the shipped weights on the development sets
	$(BIN)/python -m training.evaluate

bench: .venv/.peers ## every speed, against peers and as it grows, into build/bench.md; SHORT=1 to try it, ONLY=NAME,… for some
	$(BIN)/python -m benchmarks $(if $(SHORT),--short) $(if $(ONLY),--only $(ONLY))

tools: .venv/.dev ## helm and promtool into the user's cache, as the tests of deploy/ would; minutes, by Go and apt
	$(BIN)/python -m tests.tools

audit: build/runtime.txt ## known vulnerabilities of what is installed with claimwire, by pip-audit; asks PyPI
	@$(BIN)/uv tool run --quiet --from 'pip-audit>=2.8,<3' pip-audit --requirement $< --no-deps --disable-pip --strict \
		|| { echo 'make audit: not clean. Where a vulnerability is listed: raise the bound of that library in' \
		'pyproject.toml, then `make lock`. Where one is "not found on PyPI", or nothing could be reached: it asks the JSON' \
		'API of PyPI itself, which mirrors lack; run it where that can be reached.' >&2; exit 1; }

sbom: .venv/.uv pyproject.toml constraints.txt ## a CycloneDX bill of materials, with licences: build/claimwire.cdx.json
	@mkdir -p build
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) build/installed
	@$(BIN)/uv pip install --quiet --python build/installed/bin/python --constraint constraints.txt .
	@$(BIN)/uv tool run --quiet --from 'cyclonedx-bom>=7,<8' cyclonedx-py environment build/installed/bin/python \
		--pyproject pyproject.toml --mc-type application --output-reproducible --validate \
		--output-format JSON --output-file build/claimwire.cdx.json \
		|| { echo 'make sbom: not written. It brings cyclonedx-bom from PyPI, or a mirror of it: is that reachable?' >&2; exit 1; }
	@echo build/claimwire.cdx.json

build/runtime.txt: .venv/.uv pyproject.toml constraints.txt
	@mkdir -p build
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-find-links \
		--constraint constraints.txt --output-file $@ pyproject.toml

schemas: .venv/.dev ## write schemas/ anew from records.py and topics.py
	$(BIN)/python -m schemas

manifests: .venv/.dev ## write deploy/strimzi/ anew from topics.py and grants.py
	$(BIN)/python -m deploy.strimzi

release-schemas: schemas ## keep schemas/ as those of this version; refused where it breaks an earlier one
	$(BIN)/python -m schemas release

lock: .venv/.uv ## resolve every dependency anew into constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-annotate --no-emit-find-links \
		--all-extras --custom-compile-command 'make lock' --output-file constraints.txt pyproject.toml

clean: ## remove the environment and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist

.venv/.uv:
	@test -n '$(PYTHON)' || { echo 'claimwire needs Python 3.11 or newer: install python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'claimwire needs Python 3.11 or newer: $(PYTHON) is older' >&2; exit 1; }
	@# A pip inside takes four seconds to set up, and is needed only where this Python has none (or an old one).
	$(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python $(BIN)/python install $(PIP) 2>/dev/null \
		|| { $(PYTHON) -m venv .venv && $(BIN)/pip install $(PIP); }
	@touch $@

.venv/.runtime: .venv/.uv pyproject.toml constraints.txt
	$(UV) --editable .
	@touch $@

.venv/.peers: .venv/.uv pyproject.toml constraints.txt
	$(UV) --editable '.[peers]'
	@touch $@ .venv/.runtime

.venv/.dev: .venv/.uv pyproject.toml constraints.txt
	$(UV) --editable '.[dev,otlp,parquet,torch]'
	@touch $@ .venv/.runtime
