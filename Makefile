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
# What modules are built from, and with KUNIT=1 tests.
MODULE_SOURCES := Kbuild Kbuild.cxx include core schemes ops-vaddr ops-paddr sysfs clients
SOURCES := $(MODULE_SOURCES) $(wildcard tests/kunit tests/unit)
# What is installed: the targets that make modules, and the folders that these are in.
INSTALLED := modules clients
INSTALLED_FROM := $(BUILD) $(CLIENTS)/clients/modules
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
# Debian's headers come without the key that their configuration signs with: no use to try.
SIGNING_KEY = $(shell sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"/\1/p' '$(KDIR)/.config')
UNSIGNED = $(if $(filter /% pkcs11:%,$(SIGNING_KEY))$(wildcard $(KDIR)/$(SIGNING_KEY)),,CONFIG_MODULE_SIG_ALL=)
# Where the tools go, and what they come with.
PREFIX := /usr/local

.PHONY: all modules check-kernel clean install install-modules install-dev install-headers \
	install-tools install-source uninstall deb dkms samples test host-test fuzz check-static \
	demo bench accuracy founding sim soak help clients clients-tree

all: modules

help:
	@echo 'make              damon.ko for the running kernel, in build/<release>/'
	@echo 'make KVER=...     for another kernel whose headers are installed'
	@echo 'make install      installs it, so that modprobe finds it, in $(DEVDIR) what modules need'
	@echo '                  that use it, and the tools in $(PREFIX) (PREFIX=...); DESTDIR=... puts'
	@echo '                  another root before all of them'
	@echo 'make uninstall    removes all that, for this kernel'
	@echo 'make dkms         has DKMS build and install it for each kernel with headers'
	@echo 'make deb          Debian packages of it, in build/deb/'
	@echo 'make samples      builds the modules in samples/'
	@echo 'make clients      builds damon_reclaim, damon_lru_sort and damon_stat (see Documentation/modules.md)'
	@echo 'make demo         shows it at work in a virtual machine (DEMO_KERNEL=6.1 or 6.12)'
	@echo 'make test         runs all tests'
	@echo 'make host-test    runs the unit tests on this machine: seconds'
	@echo 'make fuzz         gives parsers and the like random input, each for FUZZ_SECONDS (20)'
	@echo 'make check-static runs sparse, clang-tidy and the house rules'
	@echo 'make bench        measures the cost of a sample'
	@echo 'make accuracy     measures how well hot memory is told from cold, in a virtual machine'
	@echo 'make founding     measures both founding schemes with programs, in a virtual machine'
	@echo 'make sim          measures the same with an ideal accessed bit, on this machine'
	@echo 'make soak         runs everything at once on the debug kernel, for SOAK_SECONDS (3600)'
	@echo 'make clean        removes build/'

check-kernel:
	@tools/check-kernel.sh '$(KDIR)' '$(KVER)'

modules: check-kernel
	@mkdir -p $(BUILD)
	@tools/link-tree.sh $(BUILD) $(SOURCES)
	$(MAKE) -C $(KDIR) M=$(BUILD) KUNIT=$(KUNIT) modules

install: install-modules install-dev install-tools

# Kbuild leaves depmod out, for a module that is not the kernel's own.
install-modules: $(INSTALLED)
	set -e; for folder in $(INSTALLED_FROM); do \
		$(MAKE) -C $(KDIR) M=$$folder $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) $(UNSIGNED) \
			modules_install; \
	done
	$(if $(DESTDIR),,depmod $(KVER))

# What modules that use the API need: see samples/Kbuild.
install-dev: modules
	@tools/install-dev.sh '$(DESTDIR)$(DEVDIR)' '$(KVER)' '$(BUILD)'

install-headers:
	@tools/install-dev.sh '$(DESTDIR)$(DEVDIR)'

install-tools:
	@tools/install-tools.sh '$(DESTDIR)' '$(PREFIX)'

# What DKMS builds from.
install-source:
	@tools/install-source.sh '$(DESTDIR)/usr/src/damon-$(VERSION)' $(MODULE_SOURCES)

uninstall:
	rm -f /lib/modules/$(KVER)/updates/damon*.ko* /lib/modules/$(KVER)/extra/damon*.ko*
	@tools/install-dev.sh -r '$(DEVDIR)' '$(KVER)'
	@tools/install-tools.sh -r '' '$(PREFIX)'
	depmod $(KVER)

# What it made of an earlier source of this version goes.  By itself, autoinstall is for the running
# kernel alone.
dkms: install-source
	if dkms status -m damon -v $(VERSION) | grep -q .; then dkms remove -m damon -v $(VERSION) --all; fi
	dkms add -m damon -v $(VERSION)
	set -e; for build in /lib/modules/*/build; do \
		release=$${build#/lib/modules/}; \
		[ ! -d "$$build/" ] || dkms autoinstall -k "$${release%/build}"; \
	done

deb:
	@tools/deb.sh

# Modules that use the API: what is ready-made, and what shows how.
clients: FOLDER := clients/modules
samples: FOLDER := samples
clients samples: clients-tree
	$(MAKE) -C $(KDIR) M=$(CLIENTS)/$(FOLDER) DAMON=$(CLIENTS)/dev modules

# Once, before either.
clients-tree: modules
	@tools/install-dev.sh '$(CLIENTS)/dev' '$(KVER)' '$(BUILD)'
	@tools/link-tree.sh $(CLIENTS) samples clients/modules

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

founding:
	@tools/founding.sh

sim:
	@mkdir -p build
	@g++-12 -std=gnu++23 -O2 -I. -Iinclude -o build/sim tests/sim/sim.cpp core/*.cpp \
		tests/unit/fake_trace.cpp
	@build/sim

clean:
	rm -rf build
