# SPDX-License-Identifier: GPL-2.0
# `make help` tells what there is.

# The kernel to build for: KVER=<release> of one whose headers are installed, or KDIR=<build tree>.
ifdef KDIR
KVER := $(shell $(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease 2>/dev/null)
else
KVER ?= $(shell uname -r)
KDIR := /lib/modules/$(KVER)/build
endif
# One folder a kernel, of links to the sources: objects for several kernels live side by side.
BUILD := $(CURDIR)/build/$(KVER)
# The same for modules that use the API.
CLIENTS := $(CURDIR)/build/clients/$(KVER)
DEVDIR := /usr/src/damon
SOURCES := Kbuild Kbuild.cxx include core schemes ops-vaddr ops-paddr sysfs clients tests/kunit tests/unit

.PHONY: all modules check-kernel clean install install-dev samples test host-test fuzz check-static \
	demo bench accuracy sim soak help

all: modules

help:
	@echo 'make              damon.ko for the running kernel, in build/<release>/'
	@echo 'make KVER=...     for another kernel whose headers are installed'
	@echo 'make install      installs it, so that modprobe finds it, and in $(DEVDIR) what modules need'
	@echo '                  that use it (DESTDIR=... puts another root before both)'
	@echo 'make samples      builds the modules in samples/'
	@echo 'make demo         shows it at work in a virtual machine (DEMO_KERNEL=6.1 or 6.12)'
	@echo 'make test         runs all tests'
	@echo 'make host-test    runs the unit tests on this machine: seconds'
	@echo 'make fuzz         gives parsers and the like random input, each for FUZZ_SECONDS (20)'
	@echo 'make check-static runs sparse, clang-tidy and the house rules'
	@echo 'make bench        measures the cost of a sample'
	@echo 'make accuracy     measures how well hot memory is told from cold, in a virtual machine'
	@echo 'make sim          measures the same with an ideal accessed bit, on this machine'
	@echo 'make soak         runs everything at once on the debug kernel, for SOAK_SECONDS (3600)'
	@echo 'make clean        removes build/'

check-kernel:
	@tools/check-kernel.sh '$(KDIR)' '$(KVER)'

modules: check-kernel
	@mkdir -p $(BUILD)
	@tools/link-tree.sh $(BUILD) $(SOURCES)
	$(MAKE) -C $(KDIR) M=$(BUILD) KUNIT=$(KUNIT) modules

install: modules install-dev
	$(MAKE) -C $(KDIR) M=$(BUILD) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install

# What modules that use the API need: see samples/Kbuild.
install-dev: modules
	@tools/install-dev.sh '$(DESTDIR)$(DEVDIR)' '$(KVER)' '$(BUILD)'

samples: modules
	@tools/install-dev.sh '$(CLIENTS)/dev' '$(KVER)' '$(BUILD)'
	@tools/link-tree.sh $(CLIENTS) samples
	$(MAKE) -C $(KDIR) M=$(CLIENTS)/samples DAMON=$(CLIENTS)/dev modules

test:
	@tests/run.sh

host-test:
	@$(MAKE) --no-print-directory -C tests/host check

fuzz:
	@$(MAKE) --no-print-directory -C tests/fuzz check

check-static:
	@tests/static/run.sh

soak:
	@tests/run.sh soak

demo:
	@tools/demo.sh

bench:
	@tools/bench.sh
	@tools/bench-snapshot.sh

accuracy:
	@tools/accuracy.sh

sim:
	@mkdir -p build
	@g++-12 -std=gnu++23 -O2 -I. -Iinclude -o build/sim tests/sim/sim.cpp core/*.cpp \
		tests/unit/fake_trace.cpp
	@build/sim

clean:
	rm -rf build
