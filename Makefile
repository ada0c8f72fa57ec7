# Every habitual verb. Each may be run again at any time and then costs only what changed.
#
#   make setup    Debian packages, the virtual environment with .venv/bin/pileus, the tiny guest
#   make up       a running cloud with a server in it, reached over ssh
#   make check    style, types, directions, house rules and fast tests on SQLite: under two minutes
#   make test     everything: also stories, slow tests, real guests, both databases (as root)
#   make ldap     directories, against a real slapd
#   make docs     build/docs: the reference of every request, policy rule and setting
#   make bench    every benchmark; each prints JSON lines

SHELL := /bin/sh
PYTHON := /usr/bin/python3
VENV := .venv/bin
EXTRAS := postgres,s3,host,client,dev
GUEST := build/guest
JOBS ?= 2
GUEST_JOBS ?= 3
PYTEST := $(VENV)/pytest --quiet

.DELETE_ON_ERROR:
.PHONY: setup packages up check style test ldap bench docs

setup: packages build/venv $(GUEST)/guest.qcow2

packages:
	@setup/install_packages.sh

# An unprivileged process uses the environment too, hence the umask. What builds packages is pinned like
# everything else, so they are not built in isolation.
build/venv: pyproject.toml constraints.txt | packages
	umask 022 && \
	$(PYTHON) -m venv .venv && \
	$(VENV)/python -m pip install --quiet --constraint constraints.txt setuptools && \
	$(VENV)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[$(EXTRAS)]'
	@mkdir -p build && touch $@

$(GUEST)/guest.qcow2: $(shell find setup/guest -type f) | packages
	$(PYTHON) -B setup/guest/build.py $(GUEST)

up: setup
	$(VENV)/pileus up

check: style
	$(PYTEST) -n $(JOBS) -m 'not slow' --ignore tests/stories --ignore tests/hosts

style: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports --no-logo

test: style
	$(PYTEST) -n $(JOBS) --ignore tests/hosts
	$(PYTEST) -n $(GUEST_JOBS) --dist loadfile --timeout 600 tests/hosts

ldap: setup
	$(PYTEST) tests/identity/domains/directories

bench: setup
	@for each in $(wildcard bench/*.py); do $(VENV)/python $$each || exit 1; done

docs: setup build/docs.made

build/docs.made: $(shell find src docs setup/docs -name '*.py' -o -name '*.md') | setup
	$(VENV)/python setup/docs/reference.py build/docs
	@touch $@
