// SPDX-License-Identifier: GPL-2.0
// The client modules of the port.
#include "tests/unit/fake_owner.hpp"

#include <cerrno>
#include <new>

#include <damon/port.h>

struct damon_claim {
	const module *owner;
	void (*release)(void *object);
	void *object;
	damon_claim *next;
};

namespace {

constinit damon_claim *claims = nullptr;

damon_claim *take_claim_of(const module &owner)
{
	for (damon_claim **link = &claims; *link; link = &(*link)->next) {
		damon_claim *claim = *link;

		if (claim->owner == &owner) {
			*link = claim->next;
			return claim;
		}
	}
	return nullptr;
}

} // namespace

namespace damon::test {

void module_goes(module &owner)
{
	while (damon_claim *claim = take_claim_of(owner)) {
		claim->release(claim->object);
		damon_free(claim);
	}
}

unsigned int nr_claims()
{
	unsigned int nr = 0;

	for (const damon_claim *claim = claims; claim; claim = claim->next)
		nr++;
	return nr;
}

} // namespace damon::test

const char *damon_module_name(const module *module)
{
	return module->name;
}

int damon_claim_make(module *owner, void (*release)(void *object), void *object,
		     damon_claim **claim)
{
	void *memory = damon_alloc(sizeof(damon_claim));

	if (!memory)
		return -ENOMEM;
	claims = *claim = new (memory) damon_claim{owner, release, object, claims};
	return 0;
}

void damon_claim_drop(damon_claim *claim)
{
	damon_claim **link = &claims;

	while (*link != claim)
		link = &(*link)->next;
	*link = claim->next;
	damon_free(claim);
}
