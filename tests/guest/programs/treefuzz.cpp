// treefuzz KDAMONDS SECONDS SEED [fail]: writes anything to every writable file below KDAMONDS, the
// directory of a DAMON, for that long, from two processes, while two others read.  With "fail",
// allocations of the writers and of kdamonds may fail, as /sys/kernel/debug/fail* have it.
//
// Prints how many writes there were, how many of them succeeded, and how many reads:
//
//	<writes> <accepted> <reads>
//
// Status 1: a call took so long that the interface must hang.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../fuzz/odd_texts.hpp"

namespace {

constexpr int nr_writers = 2;
constexpr int nr_readers = 2;
// No call may take longer.  Waiting for a scheme's next round may, by design: a signal ends it.
constexpr int patience_s = 120;
constexpr int signal_every_s = 3;

struct Counts {
	unsigned long writes;
	unsigned long accepted;
	unsigned long reads;
};
Counts *counts; // of each process
uint64_t random_state;
std::string root;

uint64_t random_number()
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

size_t below(size_t n)
{
	return (random_number() >> 11) % n;
}

time_t now()
{
	timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

template <class T, size_t n> T one_of(T (&list)[n])
{
	return list[below(n)];
}

std::string name_of(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

// Some file below the root, or none, if others were faster in removing it.
std::string some_file()
{
	std::string path = root;

	for (;;) {
		std::vector<std::string> names;
		bool is_file = true;

		if (DIR *dir = opendir(path.c_str())) {
			is_file = false;
			while (const dirent *entry = readdir(dir)) {
				if (entry->d_name[0] != '.')
					names.emplace_back(entry->d_name);
			}
			closedir(dir);
		}
		if (is_file)
			return path;
		if (names.empty())
			return "";
		path += "/" + names[below(names.size())];
	}
}

// More often those without which little happens.
std::string some_command()
{
	static const char *const often[] = {"on", "commit", "nonsense"};

	return below(5) == 0 ? one_of(often) : one_of(commands);
}

std::string number_of_directories()
{
	static const char *const refused[] = {"-1", "70000", "2147483647", "2147483648", "x"};

	if (below(8) == 0)
		return one_of(refused);
	// Many take a while.
	return std::to_string(below(200) == 0 ? 100 : below(4));
}

std::string some_text(const std::string &path)
{
	const std::string name = name_of(path);
	std::string text;

	if (name == "state" && below(8))
		return some_command();
	if (name.starts_with("nr_") && name.ends_with("s") && name != "nr_snapshots")
		return number_of_directories();
	switch (below(8)) {
	case 0:
		text.resize(below(300));
		for (char &c : text)
			c = static_cast<char>(random_number() >> 32);
		return text;
	case 1: {
		static const size_t lengths[] = {4094, 4095, 4096, 4097, 8192, 70000, 1100000};

		return std::string(one_of(lengths), "9a/ \n"[below(5)]);
	}
	case 2:
	case 3:
		return one_of(words);
	case 4:
		return std::to_string(random_number() >> below(64));
	default:
		return one_of(edges);
	}
}

void write_text(const std::string &path, const std::string &text)
{
	const int fd = open(path.c_str(), O_WRONLY);

	if (fd < 0)
		return;
	counts->writes++;
	counts->accepted += write(fd, text.data(), text.size()) >= 0;
	close(fd);
}

// Its allocations may fail from now on.
void make_fail(const std::string &pid)
{
	write_text("/proc/" + pid + "/make-it-fail", "1");
}

std::string first_line(const std::string &path)
{
	char line[64] = "";
	const int fd = open(path.c_str(), O_RDONLY);

	if (fd >= 0) {
		const ssize_t length = read(fd, line, sizeof(line) - 1);

		line[length > 0 ? length : 0] = '\0';
		line[strcspn(line, "\n")] = '\0';
		close(fd);
	}
	return line;
}

void write_anything(bool fail)
{
	// Mostly a kdamond can be switched on: with what the others made of it.
	static const char *const prepare[][2] = {
		{"/nr_kdamonds", "2"},
		{"/0/contexts/nr_contexts", "1"},
		{"/0/contexts/0/targets/nr_targets", "1"},
		{"/0/contexts/0/schemes/nr_schemes", "2"},
		{"/0/contexts/0/monitoring_attrs/intervals/sample_us", "5000"},
		{"/0/contexts/0/monitoring_attrs/intervals/aggr_us", "100000"},
		{"/0/contexts/0/monitoring_attrs/nr_regions/min", "10"},
		{"/0/contexts/0/monitoring_attrs/nr_regions/max", "1000"},
	};

	if (below(40) == 0) {
		for (const auto &[path, text] : prepare)
			write_text(root + path, text);
		write_text(root + "/0/contexts/0/targets/0/pid_target", std::to_string(getpid()));
		write_text(root + "/0/state", "on");
	}
	if (fail && below(20) == 0) {
		const std::string pid = first_line(root + "/0/pid");

		if (!pid.empty() && pid[0] != '-')
			make_fail(pid);
	}
	if (below(10) == 0) {
		write_text(root + "/0/state", some_command());
		return;
	}
	const std::string path = some_file();

	if (!path.empty())
		write_text(path, some_text(path));
}

void read_anything()
{
	// Some stay open while their directories go.
	static int open_files[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
	char buffer[4096];
	int &fd = open_files[below(8)];

	if (fd >= 0) {
		counts->reads += pread(fd, buffer, sizeof(buffer), 0) >= 0;
		close(fd);
	}
	fd = open(some_file().c_str(), O_RDONLY);
	if (fd >= 0)
		counts->reads += read(fd, buffer, below(sizeof(buffer))) >= 0;
}

[[noreturn]] void child(int index, uint64_t seed, time_t end, bool fail)
{
	struct sigaction act = {};

	// Without SA_RESTART: a command that waits is interrupted.
	act.sa_handler = [](int) {
		alarm(signal_every_s);
	};
	sigaction(SIGALRM, &act, nullptr);
	alarm(signal_every_s);
	counts += index;
	random_state = seed * 1000003 + static_cast<uint64_t>(index) + 1;
	for (int i = 0; i < 10; i++)
		random_number();
	if (fail && index < nr_writers)
		make_fail("self");
	while (now() < end) {
		if (index < nr_writers)
			write_anything(fail);
		else
			read_anything();
	}
	_exit(0);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	root = argv[1];
	const time_t end = now() + atoi(argv[2]);
	const bool fail = argc > 4;
	constexpr int nr = nr_writers + nr_readers;
	pid_t pids[nr];
	Counts sum = {};

	counts = static_cast<Counts *>(mmap(nullptr, nr * sizeof(Counts), PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	if (counts == MAP_FAILED)
		return 2;
	for (int i = 0; i < nr; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			child(i, strtoul(argv[3], nullptr, 10), end, fail);
	}
	for (int i = 0; i < nr; i++) {
		while (waitpid(pids[i], nullptr, WNOHANG) == 0) {
			if (now() > end + patience_s) {
				fprintf(stderr, "treefuzz: a call does not come back\n");
				return 1;
			}
			usleep(100000);
		}
		sum.writes += counts[i].writes;
		sum.accepted += counts[i].accepted;
		sum.reads += counts[i].reads;
	}
	printf("%lu %lu %lu\n", sum.writes, sum.accepted, sum.reads);
	return 0;
}
