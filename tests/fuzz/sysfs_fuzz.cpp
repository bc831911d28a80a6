// SPDX-License-Identifier: GPL-2.0
// The tree in the hands of somebody who writes anything anywhere, in a world where processes die and
// memory runs out.  An input is a list of verbs.  Whatever they are:
//
//	- a write that is refused leaves the file, and what is beside and below it, as it was
//	- a command that is refused leaves what runs as it was
//	- what a file shows is text that it takes back, and shows again
//	- an nr_ file tells how many directories there are, and there are never more than it may have
//	- nothing is left when the tree is gone
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops-paddr/paddr.hpp"
#include "ops-vaddr/vaddr.hpp"
#include "schemes/context.hpp"
#include "sysfs/tree.hpp"
#include "tests/fuzz/odd_texts.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

#define REQUIRE(condition, text)                                                                   \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			std::fprintf(stderr, "%s: %s\n", #condition, std::string(text).c_str());   \
			std::abort();                                                              \
		}                                                                                  \
	} while (0)

const std::string root = "damon/admin/kdamonds";
constexpr int first_pid = 77;
constexpr int nr_processes = 2;

// ---- The input ----

class Input {
      public:
	Input(const uint8_t *data, std::size_t size) : data_(data), size_(size) {}

	bool empty() const
	{
		return size_ == 0;
	}
	uint8_t byte()
	{
		if (!size_)
			return 0;
		size_--;
		return *data_++;
	}
	uint64_t number()
	{
		uint64_t number = 0;

		for (int i = 0; i < 8; i++)
			number = number << 8 | byte();
		return number;
	}
	std::string bytes(std::size_t length)
	{
		std::string text;

		while (length-- && size_)
			text.push_back(static_cast<char>(byte()));
		return text;
	}
	template <class List> const auto &one_of(const List &list)
	{
		return list[byte() % std::size(list)];
	}

      private:
	const uint8_t *data_;
	std::size_t size_;
};

// ---- What is to be seen of the tree ----

using Texts = std::map<std::string, std::string>;

std::string name_of(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

std::string directory_of(const std::string &path)
{
	return path.substr(0, path.rfind('/'));
}

// Whether it is an nr_ file.
bool makes_directories(const std::string &path)
{
	return name_of(path).starts_with("nr_") && mode_of(path) == 0600;
}

std::string read(const std::string &path)
{
	const Result<std::string> text = read_file(path);

	REQUIRE(text, path + " cannot be read");
	return *text;
}

Texts texts_below(const std::string &directory)
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
Texts reach_of(const std::string &path)
{
	if (makes_directories(path) || name_of(path) == "text")
		return texts_below(directory_of(path));
	return {{path, read(path)}};
}

void check_text(const std::string &path, const std::string &text)
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

void check_number_of_directories(const std::string &path)
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
void check_round_trip(const std::string &path)
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

// ---- What runs ----

struct Running {
	int pid = -1;
	OperationsId operations = OperationsId::vaddr;
	Attributes attributes;
	Vec<SchemeConfig> schemes;
	std::vector<SchemeStats> stats;
	std::vector<uint64_t> quotas;
	std::vector<std::vector<uint64_t>> regions;
};

Running running(const std::string &kdamond)
{
	Running now;

	now.pid = std::atoi(read(kdamond + "/pid").c_str());
	if (now.pid < 0)
		return now;
	const auto &context = *static_cast<const Context *>(worker_of(now.pid));

	now.operations = context.operations();
	now.attributes = context.attributes();
	for (const Scheme &scheme : context.schemes()) {
		auto config = copy(scheme.config);

		REQUIRE(config && now.schemes.push(std::move(*config)), "no memory");
		now.stats.push_back(scheme.stats);
		now.quotas.push_back(scheme.quota.effective_size());
	}
	Snapshot snapshot;

	REQUIRE(snapshot.regions.reserve(context.regions().size() + 1), "no memory");
	REQUIRE(context.take(snapshot), "no snapshot");
	now.regions.push_back({snapshot.nr_targets, snapshot.nr_probes});
	for (const SnapshotRegion &region : snapshot.regions)
		now.regions.push_back({region.target, region.range.start, region.range.end,
				       region.nr_accesses, region.age, region.nr_unknown,
				       region.probe_hits[0], region.probe_hits[1]});
	return now;
}

void require_same(const Running &a, const Running &b, const std::string &what)
{
	REQUIRE(a.pid == b.pid, what);
	REQUIRE(a.operations == b.operations, what);
	REQUIRE(a.attributes == b.attributes, what);
	REQUIRE(same(a.schemes, b.schemes), what);
	REQUIRE(std::equal(a.stats.begin(), a.stats.end(), b.stats.begin(), b.stats.end(),
			   [](const SchemeStats &x, const SchemeStats &y) {
				   return x.nr_tried == y.nr_tried && x.sz_tried == y.sz_tried &&
					  x.nr_applied == y.nr_applied &&
					  x.nr_snapshots == y.nr_snapshots;
			   }),
		what);
	REQUIRE(a.quotas == b.quotas, what);
	REQUIRE(a.regions == b.regions, what);
}

// ---- Who does it ----

class Session {
      public:
	explicit Session(Input input);
	~Session();

	void act();

      private:
	std::string path();
	std::string number_text(const std::string &path);
	std::string text(const std::string &path);

	void write();
	void read_any();
	void command();
	void command(const std::string &kdamond, const std::string &text);
	void open();
	void use_open();
	void happen_to_process();
	void happen_to_system();
	void pass_time();
	void plan_failure();
	template <class Act> auto failing(Act act);

	Input input_;
	FakeProcess memory_{physical_memory};
	std::vector<std::unique_ptr<FakeProcess>> processes_;
	FakeMetrics metrics_;
	FakeMemcg memcg_{"/a"};
	Owned<sysfs::Tree> tree_;
	std::vector<OpenFile> open_;

	bool may_be_large_ = true; // one nr_ file once makes many
	std::optional<uint64_t> failure_;
	Refuse refuse_ = Refuse::one;
};

void write_all(const std::vector<std::pair<std::string, std::string>> &texts)
{
	for (const auto &[path, text] : texts)
		REQUIRE(write_file(path, text), path);
}

Session::Session(Input input) : input_(input)
{
	reset_random();
	set_time_us(1'000'000);
	memory_.map({0, 100 * page});
	for (int i = 0; i < nr_processes; i++) {
		processes_.push_back(std::make_unique<FakeProcess>(first_pid + i));
		processes_[i]->map({page, 50 * page});
		processes_[i]->map({60 * page, 70 * page});
		processes_[i]->map({1000 * page, 1050 * page});
		processes_[i]->log.set_hot({2 * page, 9 * page});
	}
	metrics_.nodes[0] = {.total = 1000, .free = 300};
	metrics_.lru = {.active = 30, .inactive = 70};

	auto created = sysfs::Tree::create();

	REQUIRE(created, "no tree");
	tree_ = std::move(*created);
	take_log();

	const std::string context = root + "/0/contexts/0";

	write_all({{root + "/nr_kdamonds", "1"},
		   {root + "/0/contexts/nr_contexts", "1"},
		   {context + "/targets/nr_targets", "1"},
		   {context + "/targets/0/pid_target", "77"},
		   {context + "/schemes/nr_schemes", "1"},
		   {context + "/schemes/0/access_pattern/sz/max", "18446744073709551615"},
		   {context + "/schemes/0/access_pattern/nr_accesses/max", "4294967295"},
		   {context + "/schemes/0/access_pattern/age/max", "4294967295"}});
}

Session::~Session()
{
	open_.clear();
	tree_.reset();
	REQUIRE(nr_threads() == 0, "a thread is left");
	REQUIRE(memcg_.users == 0, "a cgroup is left open");
	REQUIRE(list("").empty() && !exists("damon"), "something is left");
	for (const auto &process : processes_) {
		REQUIRE(process->calls.opens == process->calls.closes, "a process is left open");
		REQUIRE(process->calls.violations == 0, "the port was misused");
	}
	REQUIRE(memory_.calls.opens == memory_.calls.closes, "memory is left open");
	REQUIRE(memory_.calls.violations == 0, "the port was misused");
}

// Of any file that there is.
std::string Session::path()
{
	std::string path = root;

	for (;;) {
		const std::vector<std::string> names = list(path);

		if (names.empty())
			return root + "/nr_kdamonds";
		path += "/" + input_.one_of(names);
		if (mode_of(path))
			return path;
	}
}

// A thousand directories take a while, so mostly there are fewer.
std::string Session::number_text(const std::string &path)
{
	const uint8_t byte = input_.byte();

	if (byte >= 0xf0) {
		constexpr const char *refused[] = {"-1", "70000", "2147483647", "2147483648", "x"};

		return input_.one_of(refused);
	}
	if (byte >= 0xec && may_be_large_ && name_of(path) != "nr_schemes") {
		may_be_large_ = false;
		return "1024";
	}
	return std::to_string(byte % 4);
}

std::string Session::text(const std::string &path)
{
	if (makes_directories(path))
		return number_text(path);
	switch (input_.byte() % 6) {
	case 0:
		return input_.one_of(edges);
	case 1:
		return input_.bytes(input_.byte());
	case 2:
		return input_.one_of(words);
	case 3: {
		constexpr std::size_t lengths[] = {100, 4093, 4094, 4095, 4096, 4097, 70000};
		const std::size_t length = input_.one_of(lengths);

		return std::string(length, static_cast<char>(input_.byte()));
	}
	case 4: {
		const uint64_t number = input_.number();
		const uint8_t bits = input_.byte();

		return std::to_string(number >> bits % 64) + (bits & 64 ? "\n" : "");
	}
	default:
		return std::string(input_.one_of(words)) + "\n";
	}
}

// What @act does, with the failure that was planned.
template <class Act> auto Session::failing(Act act)
{
	std::optional<FailAllocation> failure;

	if (failure_)
		failure.emplace(*failure_, refuse_);
	failure_.reset();
	return act();
}

void Session::write()
{
	const std::string path = this->path();
	const std::string text = this->text(path);

	if (name_of(path) == "state") {
		command(directory_of(path), text);
		return;
	}
	const Texts before = reach_of(path);
	const Result<> written = failing([&] { return write_file(path, text); });

	if (!written) {
		REQUIRE(written.error().number > 0 && written.error().number < 4096, path);
		REQUIRE(reach_of(path) == before, path + " was refused, and changed");
	}
	check_round_trip(path);
}

void Session::read_any()
{
	const std::string path = this->path();
	const Result<std::string> text = failing([&] { return read_file(path); });

	if (text)
		check_text(path, *text);
	else
		REQUIRE(text.error().number == ENOMEM, path);
	check_round_trip(path);
}

void Session::command()
{
	const std::vector<std::string> kdamonds = list(root);
	const std::string &name = input_.one_of(kdamonds);

	command(root + "/" + (name == "nr_kdamonds" ? "0" : name), input_.one_of(commands));
}

void Session::command(const std::string &kdamond, const std::string &text)
{
	if (!exists(kdamond))
		return;
	const Running before = running(kdamond);
	const uint64_t steps = nr_steps();
	const Result<> done = failing([&] { return write_file(kdamond + "/state", text); });
	const std::string error = read(kdamond + "/last_error");

	check_text("last_error", error);
	if (done)
		return;
	REQUIRE(error.size() > 5, text + " failed silently");
	// Some wait for the kdamond, which goes on meanwhile.
	if (steps == nr_steps())
		require_same(before, running(kdamond), text + " failed with " + error);
}

void Session::open()
{
	if (open_.size() < 8)
		open_.emplace_back(path());
}

void Session::use_open()
{
	if (open_.empty())
		return;
	OpenFile &file = open_[input_.byte() % open_.size()];

	if (input_.byte() & 1) {
		const auto text = failing([&] { return file.read(); });

		REQUIRE(text || text.error().number == ENODEV || text.error().number == ENOMEM,
			"an open file");
	} else {
		const std::string text = this->text("");

		(void)failing([&] { return file.write(text); });
	}
}

void Session::happen_to_process()
{
	FakeProcess &process = *processes_[input_.byte() % nr_processes];
	const uint8_t what = input_.byte();
	const uint64_t start = input_.byte() * page;
	const Range range = {start, start + (1 + input_.byte() % 8) * page};

	switch (what % 6) {
	case 0:
		process.alive = false;
		break;
	case 1:
		process.alive = true;
		break;
	case 2:
		process.has_memory = !process.has_memory;
		break;
	case 3:
		process.log.touch(range);
		break;
	case 4:
		process.apply_divisor = 1 + what / 6 % 3;
		break;
	case 5:
		process.mappings.clear();
		process.map(range);
		process.map({range.end + page, range.end + 5 * page});
		process.map({range.end + 100 * page, range.end + 200 * page});
		break;
	}
}

void Session::happen_to_system()
{
	metrics_.system = {.total = 1000, .free = input_.byte() * 4u};
	metrics_.stall_us += input_.byte();
	metrics_.nodes[1] = {.total = input_.byte(), .free = input_.byte()};
	metrics_.lru = {.active = input_.byte(), .inactive = input_.byte()};
}

void Session::pass_time()
{
	const uint8_t how = input_.byte();

	if (how == 0)
		stall_for_us(input_.byte());
	else if (how < 16)
		advance_us(input_.number() >> 32);
	else
		failing([&] {
			run_steps(how);
			return 0;
		});
}

void Session::plan_failure()
{
	const uint8_t byte = input_.byte();

	failure_ = byte >> 1;
	refuse_ = byte & 1 ? Refuse::all : Refuse::one;
}

void Session::act()
{
	while (!input_.empty()) {
		switch (input_.byte() % 16) {
		default:
			write();
			break;
		case 6:
		case 7:
		case 8:
			command();
			break;
		case 9:
			read_any();
			break;
		case 10:
			open();
			break;
		case 11:
			use_open();
			break;
		case 12:
			happen_to_process();
			break;
		case 13:
			happen_to_system();
			break;
		case 14:
			pass_time();
			break;
		case 15:
			plan_failure();
			break;
		}
	}
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
	register_vaddr_operations();
	register_paddr_operations();
	// Who asks waits that long, and then gives up.
	set_patience(300);
	return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t live = live_allocations();
	{
		Session session(Input(data, size));

		session.act();
	}
	REQUIRE(live_allocations() == live, "memory is lost");
	return 0;
}
