# make run | demo | test | check, each installs what it needs. See README.md.
PYTHON ?= python3
BIN := .venv/bin
TOOLS := .tools
PIP := -m pip --disable-pip-version-check --quiet
UV := $(abspath $(BIN)/uv)
export SAM_CLI_TELEMETRY := 0
export HTTP_PORT SMTP_PORT DESK STATE FRESH GUARDIA_API_KEY

.DEFAULT_GOAL := help
.PHONY: help install run demo deploy-local undeploy-local test check lock locked build bench format

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# ---- environments: the project's, and one for each tool with dependencies of its own -------------

install: $(BIN)/.installed $(TOOLS)/ministack/.installed ## the project's environment, .venv/, and the local AWS

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

deploy-local: $(BIN)/.installed $(TOOLS)/ministack/.installed $(TOOLS)/sam/.installed ## the real template into the local AWS
	@$(BIN)/python -m infra.local.deploy

undeploy-local: $(BIN)/.installed ## end what make deploy-local left running
	@$(BIN)/python -m infra.local.deploy --end

demo: $(BIN)/.installed $(TOOLS)/ministack/.installed ## two weeks of the example desk
	@$(BIN)/python -m infra.local.demo

# ---- proofs --------------------------------------------------------------------------------------

test: $(BIN)/.installed $(TOOLS)/ministack/.installed $(TOOLS)/bare/.installed $(TOOLS)/sam/.installed ## all tests
	PYTHONPATH=.:layers/common $(TOOLS)/bare/bin/python -m pytest tests/unit/domain -p no:cacheprovider -q
	$(BIN)/python -m pytest tests $(addprefix --ignore tests/,artefact deployed e2e) -q -n auto
	$(BIN)/python -m pytest tests/e2e tests/deployed -q

check: $(BIN)/.installed $(TOOLS)/ministack/.installed $(TOOLS)/sam/.installed ## formatter, linter, types, contracts, template, build, artefacts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) locked
	$(TOOLS)/sam/bin/sam validate --lint
	$(MAKE) build
	$(BIN)/python -m pytest tests/artefact -q

build: $(BIN)/.installed $(TOOLS)/sam/.installed ## what is deployed, into .aws-sam/build/
	PATH="$(abspath $(BIN)):$$PATH" $(TOOLS)/sam/bin/sam build

bench: $(BIN)/.installed $(TOOLS)/bench/.installed $(TOOLS)/ministack/.installed $(TOOLS)/sam/.installed ## our figures beside their peers' (ONLY=post MAILS=2000: one of them)
	@$(BIN)/python -m tests.bench $(addprefix --only ,$(ONLY)) $(addprefix --mails ,$(MAILS))

format: $(BIN)/.installed ## write the code the way the formatter wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# ---- locks: every version with its hashes, no download address -----------------------------------
# Resolved for the oldest Python we take and for what Lambda runs, so that every machine writes the
# same files.

COMPILE := $(UV) pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-annotate --no-strip-extras
HERE := --python-version 3.11 --python-platform linux
LAMBDA := --python-version 3.13 --python-platform aarch64-manylinux_2_28 -c requirements-dev.txt
LOCKS := requirements-dev.txt layers/common/requirements.txt \
  functions/email_ingress/requirements.txt functions/http_api/requirements.txt \
  infra/tools/bare.txt infra/tools/bench.txt infra/tools/ministack.txt infra/tools/sam.txt
INTO :=

lock: $(BIN)/.installed ## all requirement files anew from pyproject.toml and infra/tools/*.in
	$(COMPILE) $(HERE) pyproject.toml --all-extras --group email-ingress --group http-api -o $(INTO)requirements-dev.txt
	$(COMPILE) $(LAMBDA) pyproject.toml -o $(INTO)layers/common/requirements.txt
	$(COMPILE) $(LAMBDA) --group email-ingress -o $(INTO)functions/email_ingress/requirements.txt
	$(COMPILE) $(LAMBDA) --group http-api -o $(INTO)functions/http_api/requirements.txt
	$(COMPILE) $(HERE) infra/tools/bare.in -o $(INTO)infra/tools/bare.txt
	$(COMPILE) $(HERE) infra/tools/bench.in -o $(INTO)infra/tools/bench.txt
	$(COMPILE) $(HERE) infra/tools/ministack.in -o $(INTO)infra/tools/ministack.txt
	$(COMPILE) $(HERE) infra/tools/sam.in -o $(INTO)infra/tools/sam.txt

# A fresh export keeps the versions and hashes that it finds, so it changes only where its input did.
locked: $(BIN)/.installed ## are the requirement files what `make lock` writes?
	@rm -rf $(TOOLS)/fresh
	@for file in $(LOCKS); do mkdir -p $(TOOLS)/fresh/$$(dirname $$file) && cp $$file $(TOOLS)/fresh/$$file || exit 1; done
	@$(MAKE) --no-print-directory lock INTO=$(TOOLS)/fresh/ >/dev/null
	@for file in $(LOCKS); do diff -u $$file $(TOOLS)/fresh/$$file || \
	  { echo "$$file is not what its input asks for; run: make lock" >&2; exit 1; }; done
