#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check-cxx-objects.sh OBJECT: refuses linked C++ objects that need what a kernel module must not
# use, or that have constructors: those run on KASAN kernels only.  OBJECT is <module>-cxx.o.
set -eu

object=$1

# The compiler's own calls; the port and what else our C gives (damon_*); what KASAN and UBSAN add.
allowed='^(memcpy|memmove|memset|memcmp|memchr|strlen|__memcpy|__memmove|__memset'
allowed="$allowed"'|__fentry__|__stack_chk_fail|__x86_indirect_thunk_[a-z0-9]+|__x86_return_thunk'
allowed="$allowed"'|damon_[a-z0-9_]+|__asan_[a-z0-9_]+|__ubsan_handle_[a-z0-9_]+'
# What the C of a client's module gives its C++ begins with the module's name; damon_start() tells DAMON
# which module it is.
module=$(basename "$object" -cxx.o)
allowed="$allowed|_printk|__this_module|${module}_[A-Za-z0-9_]+)\$"

unwanted=$("$NM" -u "$object" | awk '{ print $2 }' | grep -Ev "$allowed" || :)
if [ -n "$unwanted" ]; then
	echo "$object: C++ needs symbols that are not allowed in the kernel:" >&2
	echo "$unwanted" | sed 's/^/	/' >&2
	exit 1
fi

# KASAN registers its globals in constructors, and its kernels run them.
if [ "${KASAN:-}" != y ] && "$OBJDUMP" -h "$object" | grep -Eq '\.(init_array|ctors)'; then
	echo "$object: a global or static needs a constructor; make it constinit" >&2
	exit 1
fi
