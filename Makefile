# One word for each task. `make publish` and `make test` set up what they need, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: publish test torture fix golden bench pins clean

publish: .venv/run  ## publish the sample articles of seeds/ into output/
	$(BIN)/feeds publish
	@echo "To look at it: $(BIN)/feeds serve"

test: .venv/dev  ## every check: format, lint, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term $(PYTEST)

torture: .venv/dev  ## every fault that we promise to survive, with what became of it; TORTURE="--every 10" for a quick look
	PYTHONPATH=.:tests $(BIN)/python -m torture $(TORTURE)

fix: .venv/dev  ## format, and mend what lint can mend by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: .venv/dev  ## renew the golden output tree; read it in the diff
	$(BIN)/pytest tests/test_golden.py tests/test_docs.py --renew-golden -p no:randomly

bench: .venv/run  ## against other generators and servers; BENCH="--corpora light-1k", SERVING="--rounds 3" etc.
	$(BIN)/python bench/run.py $(BENCH)
	$(BIN)/python bench/serving.py $(SERVING)

pins: .venv/dev  ## pin the newest versions, with hashes, for every system
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-header --no-emit-index-url --no-annotate --quiet --output-file constraints.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --constraint constraints.txt --universal --python-version 3.11 \
	  --generate-hashes --upgrade --no-header --no-emit-index-url --no-annotate --quiet \
	  --output-file constraints-dev.txt

# pip refuses a local folder beside hashed requirements, hence two steps. Editable, so that `git pull` is all.
.venv/run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Feedwright needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/dev: .venv/run constraints-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-dev.txt
	touch $@

clean:  ## remove what was set up and generated
	rm -rf .venv .feeds build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/node/node_modules
	find output -mindepth 1 ! -name .gitignore -delete
