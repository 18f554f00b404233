# SPDX-License-Identifier: Apache-2.0
#
# The front door. Meson and Ninja build; this file only names the things people do.

PYTHON := /usr/bin/python3
MESON  := $(PYTHON) /usr/bin/meson
BUILD  := build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
SECONDS ?= 60
SEED   ?=
LINES  ?= 10000000
EVENTS ?= 10000000
FLIPS  ?= 1
LIVES  ?= 10000
PORT   ?= 8080
DEMO   ?=

.DEFAULT_GOAL := help
.PHONY: serve test-build deb deb-check
.PHONY: help setup build run test lint bench bench-profile fuzz fuzz-smoke simulate prove verify install clean

help:
	@echo 'make run          build, make a book of two months, and serve its console (installs what is missing);'
	@echo '                  without a terminal it ends once the address has answered'
	@echo 'make serve        the same, until it is ended'
	@echo 'make test         every test; the last line says how many passed and failed'
	@echo 'make lint         layers, style, clang-format, clang-tidy, shellcheck, yamllint, codespell'
	@echo 'make build        build/src/cli/tollgate'
	@echo 'make setup        install the Debian packages that building and testing need'
	@echo 'make bench        speed, next to plain reading, parsing and SQLite (LINES=10000000)'
	@echo 'make bench-profile  where the time goes, by perf'
	@echo 'make fuzz         every fuzz target for an hour each (FUZZ_SECONDS=3600)'
	@echo 'make fuzz-smoke   every fuzz target for half a minute (make test: three seconds)'
	@echo 'make simulate     years of books with crashes and faults (SECONDS=60 SEED=...)'
	@echo 'make prove        the proofs of the money code (Frama-C)'
	@echo 'make verify       random events against the oracle (EVENTS=10000000), every bit flipped,'
	@echo '                  a fault at every write, ten thousand kills (LIVES=10000), a million races'
	@echo 'make install      into PREFIX=/usr/local'
	@echo 'make deb          Debian packages in build-deb/ (DEB_BUILD_OPTIONS=nocheck: without the unit tests)'
	@echo 'make deb-check    install, use and purge them in a clean chroot; a fresh clone gets through make run'
	@echo 'make clean        remove the build folders'

setup:
	@tools/setup.sh run && tools/setup.sh test && tools/setup.sh lint

$(BUILD)/build.ninja:
	$(MESON) setup $(BUILD) --prefix=$(PREFIX)

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

run:
	@tools/setup.sh run
	@if [ ! -f $(BUILD)/build.ninja ]; then \
		echo 'Building Tollgate; the first time takes a few minutes.' >&2; \
		tests=$$(pkg-config --exists cmocka && echo true || echo false); \
		said=$$($(MESON) setup $(BUILD) --prefix=$(PREFIX) -Dtests=$$tests 2>&1) || \
			{ echo "$$said" >&2; exit 1; }; \
	fi
	@quiet=--quiet; [ -t 2 ] && [ ! -x $(BUILD)/src/cli/tollgate ] && quiet=; \
		ninja -C $(BUILD) $$quiet src/cli/tollgate >&2
	@TOLLGATE=$(abspath $(BUILD)/src/cli/tollgate) \
		$(PYTHON) tools/demo.py --data $(BUILD)/demo/book --port $(PORT) $(DEMO)

serve: DEMO = --stay
serve: run

test-build:
	@tools/setup.sh test
	@$(PYTHON) tools/run_tests.py build

test:
	@tools/setup.sh test
	@$(PYTHON) tools/run_tests.py test

lint:
	@tools/setup.sh lint
	@$(PYTHON) tools/run_tests.py lint

bench: build
	@$(PYTHON) bench/bench.py --lines $(LINES)

bench-profile: build
	@$(PYTHON) bench/bench.py --profile --lines $(LINES)

fuzz: FUZZ_SECONDS = 3600
fuzz fuzz-smoke:
	@tools/setup.sh test
	@$(PYTHON) tools/run_tests.py --fuzz-seconds $(FUZZ_SECONDS) fuzz

simulate: build
	@$(PYTHON) tests/simulator/simulate.py --seconds $(SECONDS) --seed '$(SEED)'

prove:
	@tools/setup.sh prove
	@$(PYTHON) tools/run_tests.py prove

verify: build
	@$(PYTHON) tools/verify.py --events $(EVENTS)
	@$(PYTHON) tools/flips.py --every $(FLIPS)
	@$(PYTHON) tools/kills.py --lives $(LIVES)
	@LIVE_RACES=1000000 $(BUILD)/tests/unit/live/live_race_test
	@FAULT_EVERY=1 $(PYTHON) -m pytest -q tests/blackbox/test_faults_everywhere.py tests/blackbox/test_writes.py
	@NASTY_EVERY=1 $(PYTHON) -m pytest -q tests/blackbox/test_nasty.py

install: build
	$(MESON) install -C $(BUILD)

deb:
	@tools/setup.sh deb
	@tools/make_deb.sh

deb-check: deb
	@tools/setup.sh chroot
	@tools/check_deb.sh
	@tools/check_deb.sh --clone

clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz build-deb
