// SPDX-License-Identifier: GPL-2.0
// The tree in the hands of somebody who writes anything anywhere, in a world where processes die and
// memory runs out.  An input is a list of verbs.  Whatever they are:
//
//	- a write that is refused leaves the file, and what is beside and below it, as it was
//	- a command that is refused leaves what runs as it was
//	- what a file shows is text that it takes back, and shows again
//	- an nr_ file tells how many directories there are, and there are never more than it may have
//	- nothing is left when the tree is gone
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ops-paddr/paddr.hpp"
#include "ops-vaddr/vaddr.hpp"
#include "sysfs/tree.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/odd_texts.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sysfs_running.hpp"
#include "tests/fuzz/sysfs_texts.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fakes.hpp"

using namespace damon;
using namespace damon::fuzz;
using namespace damon::test;

namespace {

const std::string root = "damon/admin/kdamonds";
constexpr int first_pid = 77;
constexpr int nr_processes = 2;

// Somebody, and the world that it happens in.
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
