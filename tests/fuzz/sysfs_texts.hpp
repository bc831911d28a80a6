// SPDX-License-Identifier: GPL-2.0
// What is to be seen of the tree, and what must hold for it.
#pragma once

#include <cctype>
#include <cerrno>
#include <map>
#include <string>

#include "core/config.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/host/sysfs_host.hpp"

namespace damon::fuzz {

using namespace test;

using Texts = std::map<std::string, std::string>;

inline std::string name_of(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

inline std::string directory_of(const std::string &path)
{
	return path.substr(0, path.rfind('/'));
}

// Whether it is an nr_ file.
inline bool makes_directories(const std::string &path)
{
	return name_of(path).starts_with("nr_") && mode_of(path) == 0600;
}

inline std::string read(const std::string &path)
{
	const Result<std::string> text = read_file(path);

	REQUIRE(text, path + " cannot be read");
	return *text;
}

inline Texts texts_below(const std::string &directory)
{
	Texts texts;

	for (const std::string &path : files_below(directory)) {
		// It says what the refused write was.
		if (name_of(path) != "last_error")
			texts[path] = read(path);
	}
	return texts;
}

// What a write to that file may change.
inline Texts reach_of(const std::string &path)
{
	if (makes_directories(path) || name_of(path) == "text")
		return texts_below(directory_of(path));
	return {{path, read(path)}};
}

inline void check_text(const std::string &path, const std::string &text)
{
	const std::string name = name_of(path);
	const bool is_long = name == "snapshot" || name == "text";

	REQUIRE(is_long ? text.empty() || text.ends_with('\n')
			: text.size() < 4096 && text.ends_with('\n'),
		path + ": " + text);
	// They keep what was written.
	if (name == "path" || name == "memcg_path" || name == "text" || name == "last_error")
		return;
	for (char c : text)
		REQUIRE(c == '\n' || (' ' <= c && c <= '~'), text);
}

inline void check_number_of_directories(const std::string &path)
{
	uint64_t nr = 0;

	for (const std::string &name : list(directory_of(path)))
		nr += std::isdigit(static_cast<unsigned char>(name[0])) != 0;
	REQUIRE(read(path) == std::to_string(nr) + "\n", path + " is " + read(path));
	REQUIRE(nr <= 65536, path);
	if (name_of(path) == "nr_contexts")
		REQUIRE(nr <= 1, path);
	if (name_of(path) == "nr_probes")
		REQUIRE(nr <= max_nr_probes, path);
}

// Whether the file, written with what it shows, shows the same.
inline void check_round_trip(const std::string &path)
{
	const std::string text = read(path);

	check_text(path, text);
	if (makes_directories(path))
		check_number_of_directories(path);
	// Those act.
	if (mode_of(path) != 0600 || makes_directories(path) || name_of(path) == "state")
		return;
	// As in mainline, the default of core filters is one that cannot be written.
	if (name_of(path) == "type" && path.find("/core_filters/") != std::string::npos &&
	    text == "anon\n")
		return;
	const Result<> written = write_file(path, text);

	if (!written && written.error().number == E2BIG) // a long file's
		return;
	REQUIRE(written || text.empty(), path + " does not take " + text);
	REQUIRE(read(path) == text, path + " became " + read(path));
}

} // namespace damon::fuzz
