// SPDX-License-Identifier: GPL-2.0
// What last_error says.
#include <string_view>

#include "sysfs/last_error.hpp"
#include "tests/unit/test.hpp"

namespace damon::sysfs {

TEST(SysfsError, NamesTheFileAndTheReason)
{
	struct {
		Error error;
		std::string_view sentence;
	} const cases[] = {
		{{.number = EINVAL, .reason = "state: unknown keyword"}, "state: unknown keyword"},
		{{.number = ENOENT,
		  .reason = "memcg_path: no such cgroup",
		  .where = {{"contexts", 0}, {"schemes", 1}, {"filters", 4294967295}}},
		 "contexts/0/schemes/1/filters/4294967295/memcg_path: no such cgroup"},
		{{.number = EINVAL,
		  .reason = "not to one's liking: why",
		  .where = {{"targets", 3}}},
		 "targets/3: not to one's liking: why"},
		{{.number = ENOMEM, .where = {{"schemes", 2}}}, "schemes/2: out of memory"},
		{{.number = ENOMEM}, "out of memory"},
		{{.number = 999}, "error 999"},
		{{.number = 999, .where = {{"targets", 3}}}, "targets/3: error 999"},
	};

	for (const auto &c : cases) {
		LastError last;

		last.set(std::unexpected(c.error));
		EXPECT_TRUE(last.text() == c.sentence);
	}
}

TEST(SysfsError, IsEmptyAfterASuccess)
{
	LastError last;

	EXPECT_TRUE(last.text().empty());
	last.set(fail(EINVAL, "state: unknown keyword"));
	EXPECT_FALSE(last.text().empty());
	last.set({});
	EXPECT_TRUE(last.text().empty());
	last.set("schemes/text", "line 2: nonsense");
	EXPECT_TRUE(last.text() == "schemes/text: line 2: nonsense");
}

TEST(SysfsError, TellsWhetherAFileIsNamed)
{
	EXPECT_TRUE(names_file({.number = EINVAL, .reason = "operations: not available"}));
	EXPECT_TRUE(names_file({.number = ENOMEM, .where = {{"targets", 0}}}));
	EXPECT_FALSE(names_file({.number = ENOMEM, .reason = "out of memory"}));
	EXPECT_FALSE(names_file({.number = EBUSY, .reason = "an exclusive one: runs"}));
	EXPECT_FALSE(names_file({.number = ENOMEM}));
}

} // namespace damon::sysfs
