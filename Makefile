# make run | demo | test | check, each installs what it needs. See README.md.
PYTHON ?= python3
BIN := .venv/bin
TOOLS := .tools
PIP := -m pip --disable-pip-version-check --quiet
UV := $(abspath $(BIN)/uv)
export SAM_CLI_TELEMETRY := 0
export HTTP_PORT SMTP_PORT DESK STATE FRESH GUARDIA_API_KEY

.DEFAULT_GOAL := help
.PHONY: help install run demo test check lock build format

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ---- environments: the project's, and one for each tool with dependencies of its own -------------

install: $(BIN)/.installed ## the project's environment, .venv/

$(BIN)/.installed: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Guardia needs Python 3.11 or newer; this is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.13" >&2; exit 2; }
	@echo "installing the project's environment into .venv/" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP) install --require-hashes -r requirements-dev.txt
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(TOOLS)/%/.installed: infra/tools/%.txt | $(BIN)/.installed
	@echo "installing $* into $(TOOLS)/$*/" >&2
	@rm -rf $(TOOLS)/$* && $(BIN)/python -m venv --without-pip $(TOOLS)/$*
	@$(UV) pip install --quiet --python $(TOOLS)/$*/bin/python --require-hashes -r infra/tools/$*.txt
	@touch $@

# ---- the desk on this machine --------------------------------------------------------------------

run: $(BIN)/.installed $(TOOLS)/ministack/.installed ## the whole desk in one process
	@exec $(BIN)/python -m infra.local.run

demo: $(BIN)/.installed $(TOOLS)/ministack/.installed ## a working week of the example desk
	@$(BIN)/python -m infra.local.demo

# ---- proofs --------------------------------------------------------------------------------------

test: $(BIN)/.installed $(TOOLS)/ministack/.installed $(TOOLS)/bare/.installed ## all tests
	PYTHONPATH=.:layers/common $(TOOLS)/bare/bin/python -m pytest tests/unit/domain -p no:cacheprovider -q
	$(BIN)/python -m pytest tests --ignore tests/artefact -q

check: $(BIN)/.installed $(TOOLS)/sam/.installed ## formatter, linter, types, contracts, template, build, artefacts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TOOLS)/sam/bin/sam validate --lint
	$(MAKE) build
	$(BIN)/python -m pytest tests/artefact -q

build: $(BIN)/.installed $(TOOLS)/sam/.installed ## what is deployed, into .aws-sam/build/
	PATH="$(abspath $(BIN)):$$PATH" $(TOOLS)/sam/bin/sam build

format: $(BIN)/.installed ## write the code the way the formatter wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# ---- locks: every version with its hashes, no download address -----------------------------------

COMPILE := $(UV) pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-annotate --no-strip-extras

lock: $(BIN)/.installed ## all requirement files anew from pyproject.toml and infra/tools/*.in
	$(COMPILE) pyproject.toml --all-extras --group email-ingress --group http-api -o requirements-dev.txt
	$(COMPILE) pyproject.toml --python-version 3.13 -c requirements-dev.txt -o layers/common/requirements.txt
	$(COMPILE) --group email-ingress --python-version 3.13 -c requirements-dev.txt -o functions/email_ingress/requirements.txt
	$(COMPILE) --group http-api --python-version 3.13 -c requirements-dev.txt -o functions/http_api/requirements.txt
	for tool in bare ministack sam; do $(COMPILE) infra/tools/$$tool.in -o infra/tools/$$tool.txt || exit 1; done
