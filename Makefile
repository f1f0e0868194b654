# Each target is one line to read. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
BIN := .venv/bin
CATALOGUE := lms/locale/zh_Hans/LC_MESSAGES/django

.PHONY: run setup test check fmt browser bench fault rehearse messages clean

run: setup            ## set up, build the demo once, serve http://127.0.0.1:8000
	$(BIN)/python manage.py run_demo

setup: .venv/.synced $(CATALOGUE).mo  ## virtual environment, locked dependencies, translations, database
	$(BIN)/python manage.py migrate -v0

test: setup           ## the plain suite, on DATABASE_URL and REDIS_URL if they are set (ONLY=foreign_questions for some)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(if $(ONLY),-k "$(ONLY)")

check: setup          ## style, types, layers, templates, migrations, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py messages --missing

fmt:                  ## put the files into shape
	$(BIN)/ruff check --fix -q .; $(BIN)/ruff format -q .; $(BIN)/djade $$(git ls-files 'templates/*.html')

browser: setup        ## the tests in headless Chromium
	$(BIN)/python -m pytest tests/browser

bench: setup          ## figures beside their limit in the same run (ONLY=people for some), one JSON object a line
	$(BIN)/python -m tests.bench $(ONLY)

fault: setup          ## processes killed at the worst moment, and what stands at the next start
	$(BIN)/python -m pytest tests/fault

rehearse: setup       ## the whole exam of tests/data/jilin, from the roster to verified certificates
	$(BIN)/python manage.py rehearse --input tests/data/jilin

messages:             ## compile the translations
	$(BIN)/python manage.py messages --compile

clean:                ## forget the local data (the demo is built anew at the next run)
	rm -rf .data

.venv/.synced: uv.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv
	$(BIN)/uv sync -q --frozen --all-groups --inexact
	touch $@

$(CATALOGUE).mo: $(CATALOGUE).po $(wildcard cms/locale/*/LC_MESSAGES/*.po) .venv/.synced
	$(BIN)/python manage.py messages --compile
