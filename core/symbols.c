// SPDX-License-Identifier: GPL-2.0
/* Binds the functions that the kernel does not export; see damon/symbols.h. */
#define pr_fmt(fmt) "damon: " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/static_call.h>
#include <asm/ibt.h>

#include <damon/compat.h>
#include <damon/symbols.h>

bool damon_symbol_bound[DAMON_NR_SYMBOLS];

#define X(name, required, lost, type, parameters)						\
	DEFINE_STATIC_CALL_RET0(damon_##name, damon_prototype_##name);
DAMON_SYMBOLS(X)
#undef X

static const struct {
	const char *name;
	const char *lost;
	struct static_call_key *key;
	void *trampoline;
	bool required;
} symbols[] = {
#define X(_name, _required, _lost, type, parameters)						\
	{											\
		.name = #_name,									\
		.lost = _lost,									\
		.key = &STATIC_CALL_KEY(damon_##_name),						\
		.trampoline = &STATIC_CALL_TRAMP(damon_##_name),				\
		.required = _required,								\
	},
	DAMON_SYMBOLS(X)
#undef X
};

#define X(name, lost, type) type *damon_data_##name;
DAMON_DATA_SYMBOLS(X)
#undef X

static const struct {
	const char *name;
	const char *lost;
	void **pointer;
} data_symbols[] = {
#define X(_name, _lost, type)									\
	{ .name = #_name, .lost = _lost, .pointer = (void **)&damon_data_##_name },
	DAMON_DATA_SYMBOLS(X)
#undef X
};

/* Of the kernel function only the type is used: no reference, it is not exported. */
DEFINE_STATIC_CALL_RET0(damon_lookup, kallsyms_lookup_name);

/* Where kallsyms_lookup_name() is, 0 if that cannot be told. */
static unsigned long find_lookup(void)
{
	/* Disabled: the probe is only resolved, no kernel text is patched for it. */
	struct kprobe probe = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long address;
	int err;

	err = register_kprobe(&probe);
	if (err) {
		pr_warn("cannot probe kallsyms_lookup_name: error %d\n", err);
		return 0;
	}
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);

	/* A probe steps over the function's ENDBR; a static call wants the function's start. */
	if (is_endbr(*(u32 *)(address - 4)))
		address -= 4;
	return address;
}

int damon_symbols_bind(void)
{
	unsigned long lookup = find_lookup();
	int result = 0;
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(symbols) != DAMON_NR_SYMBOLS);

	if (lookup)
		static_call_update(damon_lookup, (void *)lookup);

	for (i = 0; i < DAMON_NR_SYMBOLS; i++) {
		unsigned long address = static_call(damon_lookup)(symbols[i].name);

		if (address) {
			__static_call_update(symbols[i].key, symbols[i].trampoline,
					     (void *)address);
			damon_symbol_bound[i] = true;
		} else if (symbols[i].required) {
			pr_err("this kernel lacks %s: cannot do without %s\n", symbols[i].name,
			       symbols[i].lost);
			result = -ENOENT;
		} else {
			pr_warn("this kernel lacks %s: not available: %s\n", symbols[i].name,
				symbols[i].lost);
		}
	}
	for (i = 0; i < ARRAY_SIZE(data_symbols); i++) {
		unsigned long address = static_call(damon_lookup)(data_symbols[i].name);

		*data_symbols[i].pointer = (void *)address;
		if (!address)
			pr_warn("this kernel lacks %s: not available: %s\n", data_symbols[i].name,
				data_symbols[i].lost);
	}
	return result;
}
