# SPDX-License-Identifier: GPL-2.0
# C++ in a kernel module.  A module that includes this names what is C++ in it:
#
#	obj-m := reclaimer.o
#	reclaimer-y := module.o reclaimer-cxx.o
#	reclaimer-cxx := reclaimer.cpp.o
#
# The target kernel's own flags decide on mitigations, stack protector, ftrace, sanitizers.  Taken
# out: what only C knows, warnings (ours follow), and debug information, on whose templates
# pahole 1.24 fails.

CXX := $(subst gcc,g++,$(CC))
cxx-only-c := -W% -std=% -g% -fms-extensions
cxxflags-kernel = $(filter-out $(filter-out -Wp$(comma)%,$(filter $(cxx-only-c),$(KBUILD_CFLAGS))), \
			$(KBUILD_CFLAGS)) $(KBUILD_CFLAGS_MODULE) \
		  $(if $(CONFIG_KASAN),$(CFLAGS_KASAN)) $(if $(CONFIG_UBSAN),$(CFLAGS_UBSAN))
cxxflags-ours := -std=gnu++23 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-gnu-unique \
		 -fvisibility=hidden -Wall -Wextra -Wno-missing-field-initializers -Wno-psabi \
		 -Wframe-larger-than=1536 \
		 -fmacro-prefix-map=$(src)/=

quiet_cmd_cxx_o_cpp = CXX [M]  $@
      cmd_cxx_o_cpp = $(CXX) -Wp,-MMD,$(depfile) $(cxxflags-kernel) $(cxxflags-ours) $(ccflags-y) \
		      -c -o $@ $< $(cmd_objtool)

$(obj)/%.cpp.o: $(src)/%.cpp FORCE
	$(call if_changed_dep,cxx_o_cpp)

# All C++ is linked first, and what it leaves undefined must be on the allow-list: modpost cannot
# tell, since the kernel exports abort() and the like.  The groups that inline functions come in end
# here: objtool adds symbols without adjusting what names a group.  One object at a time, for else
# the second copy of a function goes, and what ftrace notes about it points nowhere.
check-cxx-objects := $(dir $(lastword $(MAKEFILE_LIST)))core/check-cxx-objects.sh
quiet_cmd_ld_cxx = LD [M]   $@
      cmd_ld_cxx = set -e; for o in $(filter %.o,$^); do \
			$(LD) -r --force-group-allocation -o $$o.single $$o; \
		   done; \
		   $(LD) -r -o $@ $(addsuffix .single,$(filter %.o,$^)) && \
		   NM="$(NM)" OBJDUMP="$(OBJDUMP)" KASAN="$(CONFIG_KASAN)" \
		   $(CONFIG_SHELL) $(check-cxx-objects) $@ || { rm -f $@; false; }

define cxx-of-module
$(obj)/$(1)-cxx.o: $(addprefix $(obj)/,$($(1)-cxx)) $(check-cxx-objects) FORCE
	$$(call if_changed,ld_cxx)
targets += $($(1)-cxx) $(1)-cxx.o
endef
$(foreach module,$(obj-m:.o=),$(if $($(module)-cxx),$(eval $(call cxx-of-module,$(module)))))
