// SPDX-License-Identifier: GPL-2.0
// Which files there are, what is said about them, and what they take and show.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/sysfs_reference.hpp"
#include "tests/unit/sysfs_tree_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(SysfsTree, HasExactlyTheFilesOfTheReference)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	show_tried(*tree, 1);

	const std::vector<std::string> paths = files_below(k);
	ASSERT_EQ(paths.size(), std::size(expected));
	for (std::size_t i = 0; i < paths.size(); i++) {
		EXPECT_EQ(paths[i], k + '/' + expected[i].path);
		EXPECT_EQ(mode_of(paths[i]), expected[i].mode) << paths[i];
		if (expected[i].text) {
			EXPECT_EQ(read(paths[i]), expected[i].text) << paths[i];
		}
	}
	EXPECT_EQ(list("damon"), std::vector<std::string>{"admin"});
	EXPECT_EQ(list("damon/admin"), std::vector<std::string>{"kdamonds"});
}

// ---- Documentation/ABI/sysfs-kernel-mm-damon ----

namespace {

// With <> in place of each number, or of what stands for one.
std::string pattern_of(const std::string &path)
{
	std::istringstream parts(path);
	std::string pattern;
	std::string part;

	while (std::getline(parts, part, '/')) {
		const bool numbered = part.starts_with('<') ||
				      part.find_first_not_of("0123456789") == std::string::npos;

		pattern += '/';
		pattern += numbered ? "<>" : part;
	}
	return pattern;
}

// Each file's description, all in one line, by the pattern of its path below kdamonds/.
std::map<std::string, std::string> documented()
{
	const std::string below = "/sys/kernel/mm/" + k + '/';
	// The tests are run by a program in build/host.
	std::ifstream page(std::filesystem::read_symlink("/proc/self/exe").parent_path() /
			   "../../Documentation/ABI/sysfs-kernel-mm-damon");
	std::map<std::string, std::string> files;
	std::vector<std::string> whats;
	bool described = false;

	for (std::string line; std::getline(page, line);) {
		const std::string text = line.substr(std::min(line.size(), line.find('\t')));
		const std::string value =
			text.substr(std::min(text.size(), text.find_first_not_of('\t')));

		if (line.starts_with("What:")) {
			if (described)
				whats.clear();
			described = false;
			if (!value.starts_with(below))
				continue;
			whats.push_back(pattern_of(value.substr(below.size())));
			EXPECT_FALSE(files.contains(whats.back())) << value;
			files[whats.back()];
		} else if (line.starts_with("Description:") || described) {
			described = true;
			for (const std::string &what : whats)
				files[what].append(value).append(" ");
		}
	}
	return files;
}

} // namespace

TEST(SysfsTree, IsDocumentedAsItIs)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	show_tried(*tree, 1);

	auto pages = documented();

	ASSERT_GT(pages.size(), 100u);
	for (const Expected &file : expected) {
		const auto found = pages.find(pattern_of(file.path));

		ASSERT_NE(found, pages.end()) << file.path << " is not documented";
		const std::string &page = found->second;

		EXPECT_EQ(page.starts_with("Read only."), file.mode == 0400) << file.path;
		if (file.mode == 0600 && file.kind != Kind::number && file.text) {
			std::string text = file.text;

			text.pop_back();
			if (text.empty())
				text = "empty";
			EXPECT_NE(page.find("Default: " + text + ". "), std::string::npos)
				<< file.path << ": " << page;
		}
		const std::size_t at = page.find("at most ");

		if (file.kind == Kind::number && at != std::string::npos) {
			const std::string path = k + '/' + file.path;
			const unsigned long bound = std::stoul(page.substr(at + 8));

			EXPECT_ERROR(ENOMEM, write_file(path, std::to_string(bound + 1))) << path;
		}
		pages.erase(found);
	}
	for (const auto &[pattern, page] : pages)
		ADD_FAILURE() << pattern << " is documented, and not there";
}

TEST(SysfsTree, FilesAcceptAndRefuseWhatTheReferenceSays)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const Expected &file : expected) {
		const std::string path = k + '/' + file.path;

		if (file.mode == 0400 && exists(path)) {
			EXPECT_ERROR(EACCES, write_file(path, "1")) << path;
		}
		for (const Input &input : inputs.at(file.kind)) {
			const std::string before = read(path);

			EXPECT_ERROR(input.error, write_file(path, input.text))
				<< path << ": " << input.text;
			EXPECT_EQ(read(path), input.reads ? input.reads : before) << path;
		}
	}
}

TEST(SysfsTree, AFileShowsItsOwnField)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	auto texts = snapshot();
	for (const Expected &file : expected) {
		const std::string path = k + '/' + file.path;

		for (const Input &input : inputs.at(file.kind)) {
			if (!input.reads || input.reads == texts[path])
				continue;
			texts[path] = input.reads;
			ASSERT_OK(write_file(path, input.text)) << path;
			break;
		}
		EXPECT_EQ(snapshot(), texts) << path;
	}
}

TEST(SysfsTree, PathsAreKeptWithoutTheirNewlineAndAreOfSaneLength)
{
	auto tree = make_tree();
	const std::string path = c + "/schemes/0/quotas/goals/0/path";
	const std::string longest(4094, 'x');

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(path, longest + '\n'));
	EXPECT_EQ(read(path), longest + '\n');
	for (const std::size_t size : {4095u, 4096u, 5000u})
		EXPECT_ERROR(ENAMETOOLONG, write_file(path, std::string(size, 'y')));
	EXPECT_EQ(read(path), longest + '\n');

	with_each_allocation_refused([&] { return write_file(path, "/other"); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(read(path), longest + '\n');
				     });
	EXPECT_EQ(read(path), "/other\n");
	ASSERT_OK(write_file(path, "\n"));
	EXPECT_EQ(read(path), "\n");
}
