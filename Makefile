# `make` alone lists what there is.
PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
BIN = .venv/bin
# The locks name everything, so nothing is resolved (--no-deps): a resolver would look at versions newer than those.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes --no-deps

# A copy of the lock beside what was installed from it says whether that is up to date.
define install
@cmp -s $(1) .venv/$(1) || { echo "Installing $(1) …" && $(PIP_INSTALL) -r $(1) && cp $(1) .venv/$(1); }
endef

# What production needs to be checked; nothing of it is used.
PRODUCTION = ENVIRONMENT=production SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(50))") \
	BASE_URL=https://portal.example DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing REDIS_URL=redis://127.0.0.1:1 \
	EMAIL_URL=smtp://mail.example DEFAULT_FROM_EMAIL=portal@portal.example

.DEFAULT_GOAL := help
.PHONY: help venv runtime development demo dev reset test cover mutate bench crawl lighthouse screenshots faults lock messages check words lint types imports migrations deploy

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv:
	@$(PYTHON) -c "" 2>/dev/null || { echo "$(PYTHON) is missing: install Python 3.11, or name yours with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed." >&2; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (on Debian: apt install python3.11-venv)." >&2; exit 1; }
	@$(BIN)/python -c "import pip" 2>/dev/null || { echo "Creating .venv …" && $(PYTHON) -m venv --clear .venv; }

runtime: venv
	$(call install,requirements.txt)

development: venv
	$(call install,requirements-dev.txt)

demo: runtime ## Run the portal with demo data on http://127.0.0.1:8000 (PORT=…, HOST=…)
	@exec $(BIN)/python -m healthportal.embedded demo --host $(HOST) --port $(PORT)

dev: development ## The same with DEBUG and autoreload
	@exec $(BIN)/python -m healthportal.embedded dev --host $(HOST) --port $(PORT)

reset: runtime ## Forget all data of the demo
	@$(BIN)/python -m healthportal.embedded reset

test: development ## Run the tests with a Postgres and a Valkey of their own (ARGS="-k word")
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# Tests in a browser cover nothing of these; they are left out here.
cover: development ## The tests, and whether they run every branch of rules, services and what pyproject.toml lists
	@$(BIN)/pytest -n auto --dist worksteal --cov --cov-branch --cov-report= --ignore tests/e2e $(ARGS)
	@$(BIN)/coverage report --show-missing --fail-under=100

mutate: development ## Small changes of rules and services that no test notices (ONLY=quizzes/rules.py TESTS=…; docs/mutation.md)
	@$(BIN)/python -m tests.mutation $(if $(ONLY),--only $(ONLY)) $(TESTS)

bench: development ## Measure how fast it is, beside floors (ONLY=intake; docs/bench.md)
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

crawl: development ## Record what the demo answers at a frozen moment into a folder, to compare two of them (OUT=folder)
	@$(BIN)/python -m tests.crawl record $(or $(OUT),build/crawl)

lighthouse: development ## What npm's lighthouse says of five pages on a phone and on a desk (needs node, npm and chromium)
	@$(BIN)/python -m tests.e2e.lighthouse

screenshots: development ## Renew the pictures of ten pages of the demo in docs/screenshots (CHECK=1 compares with them instead)
	@$(BIN)/python -m tests.e2e.screenshots $(if $(CHECK),--check)

faults: development ## Kill everything during a run of 100,000 sellers, 100 times, while webhooks are sent, and while 2,000 sign up (FAULTS_SEED=… plays one again)
	@FAULTS_SELLERS=$${FAULTS_SELLERS:-100000} FAULTS_KILLS=$${FAULTS_KILLS:-100} $(BIN)/pytest tests/faults -k death $(ARGS)
	@FAULTS_KILLS=$${FAULTS_KILLS:-100} $(BIN)/pytest tests/faults/test_webhooks.py $(ARGS)
	@FAULTS_SIGNUPS=$${FAULTS_SIGNUPS:-2000} FAULTS_SIGNUP_KILLS=$${FAULTS_SIGNUP_KILLS:-25} $(BIN)/pytest tests/faults/test_signups.py $(ARGS)

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml

lock: development ## Lock what pyproject.toml asks for, with hashes; versions stay unless they must change (ARGS=--upgrade)
	$(LOCK) --output-file requirements.txt $(ARGS)
	$(LOCK) --output-file requirements-dev.txt --group dev $(ARGS)

# LANGUAGE is a variable of many shells too: only what is said to make counts.
messages: development ## Bring the catalogues in step with the texts and compile them (LANGUAGE=de begins a new one; docs/languages.md)
	@$(PRODUCTION) $(BIN)/python -m tests.translation update $(if $(filter command line,$(origin LANGUAGE)),$(LANGUAGE))

check: lint types imports migrations words deploy ## Everything that is checked without running tests

lint: development ## Format and lint of Python and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' -print0 | xargs -0 --no-run-if-empty $(BIN)/djade --check --target-version 5.2

types: development ## mypy --strict
	$(PRODUCTION) $(BIN)/mypy

imports: development ## The layers: imports run downwards only
	$(BIN)/lint-imports

migrations: development ## Migrations in step with the models
	$(PRODUCTION) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

words: development ## Every text can be translated, and each catalogue is in step with them
	$(PRODUCTION) $(BIN)/python -m tests.translation check

deploy: development ## Django's checks for production
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
