// A process whose access pattern is known.
//
//   workload [FILE]            FILE, or standard input, says what to map and to touch:
//
//     map    128M              one anonymous area, every page filled with a pattern
//     thp                      ask for huge pages in it
//     hugetlb 2M               made of huge pages of that size (2M or 1G)
//     shared                   not private
//     bare                     one word of each page is filled, which cannot be verified
//     file 64M 32M             the part there is of a file (a nameless one)
//     huge 0 32M               ask for huge pages in the part there
//     locked                   in memory
//     node 1                   on that node, as long as it has room
//     mergeable                with what has the same content: another workload, by KSM
//     repeated 1G              file memory of that size, mapped again and again
//     pieces 64                cut it into that many mappings (which cannot merge)
//     leave                    the first thread ends, another does all the rest
//     # name  offset size  period-ms  [move-every-s other-offset]
//     hot     0      16M   5
//     mover   32M    8M    5          10           96M
//
// Whatever no line names is cold.  A range with a second offset moves there and
// back every so many seconds (0: only when told).  Signals: USR1 checks every
// byte and prints the result, USR2 moves what can move, TERM ends.
// Everything is printed to standard output, one fact a line; where a range is, with
// the time (CLOCK_MONOTONIC, in ns) since when.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHuge = 2 << 20;

struct Range {
	std::string name;
	size_t offset = 0;
	size_t size = 0;
	double period_s = 0;
	double move_every_s = -1; // negative: stays where it is
	size_t other_offset = 0;
	double touch_at = 0;
	double move_at = 0;
};

struct Part {
	size_t offset = 0;
	size_t size = 0;
};

struct Plan {
	size_t size = 0;
	bool thp = false;
	size_t hugetlb = 0;
	bool shared = false;
	bool bare = false;
	bool leave = false;
	bool locked = false;
	bool mergeable = false;
	size_t pieces = 1;
	size_t repeated = 0;
	int node = -1; // negative: any
	std::vector<Part> files, huges;
	std::vector<Range> ranges;
};

volatile sig_atomic_t verify_wanted, move_wanted, end_wanted;

void on_signal(int sig)
{
	if (sig == SIGUSR1)
		verify_wanted = 1;
	else if (sig == SIGUSR2)
		move_wanted = 1;
	else
		end_wanted = 1;
}

[[noreturn]] void fail(const std::string &why)
{
	std::cout << "error " << why << std::endl;
	exit(1);
}

size_t bytes(const std::string &text)
{
	char *end;
	size_t n = strtoull(text.c_str(), &end, 0);
	switch (*end) {
	case 'G':
		n <<= 10;
		[[fallthrough]];
	case 'M':
		n <<= 10;
		[[fallthrough]];
	case 'K':
		n <<= 10;
		end++;
	}
	if (end == text.c_str() || *end)
		fail("not a size: " + text);
	return n;
}

Plan read_plan(std::istream &in)
{
	Plan plan;
	for (std::string line; std::getline(in, line);) {
		std::istringstream words(line);
		std::string first, a, b;
		if (!(words >> first) || first[0] == '#')
			continue;
		if (first == "thp") {
			plan.thp = true;
		} else if (first == "shared") {
			plan.shared = true;
		} else if (first == "bare") {
			plan.bare = true;
		} else if (first == "leave") {
			plan.leave = true;
		} else if (first == "locked") {
			plan.locked = true;
		} else if (first == "mergeable") {
			plan.mergeable = true;
		} else if (first == "hugetlb" && words >> a) {
			plan.hugetlb = bytes(a);
		} else if ((first == "file" || first == "huge") && words >> a >> b) {
			(first == "file" ? plan.files : plan.huges).push_back({bytes(a), bytes(b)});
		} else if (first == "map" && words >> a) {
			plan.size = bytes(a);
		} else if (first == "pieces" && words >> a) {
			plan.pieces = bytes(a);
		} else if (first == "repeated" && words >> a) {
			plan.repeated = bytes(a);
		} else if (first == "node" && words >> a) {
			plan.node = static_cast<int>(bytes(a));
		} else {
			Range r;
			double period_ms;
			if (!(words >> a >> b >> period_ms))
				fail("not understood: " + line);
			r.name = first;
			r.offset = bytes(a);
			r.size = bytes(b);
			r.period_s = period_ms / 1000;
			if (words >> r.move_every_s) {
				if (!(words >> a))
					fail("moves, but where to: " + line);
				r.other_offset = bytes(a);
			}
			plan.ranges.push_back(r);
		}
	}
	for (const std::vector<Part> &parts : {plan.files, plan.huges})
		for (const Part &part : parts)
			if (part.offset + part.size > plan.size)
				fail("a part is outside of the map");
	for (const Range &r : plan.ranges)
		if (r.offset + r.size > plan.size || r.other_offset + r.size > plan.size)
			fail(r.name + " is outside of the map");
	return plan;
}

double now()
{
	timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

// Repeats every 128 bytes: swap on zram compresses it, but cannot store the page
// as one repeated word, so the data really goes there and back.
uint64_t pattern(size_t page, size_t word)
{
	uint64_t h = (page + 1) * 0x9e3779b97f4a7c15u;
	return (h ^ h >> 29) + (word & 15) * 0x0101010101010101u;
}

void fill(uint64_t *area, size_t size)
{
	for (size_t page = 0; page < size / kPage; page++)
		for (size_t word = 0; word < kPage / 8; word++)
			*area++ = pattern(page, word);
}

void begin_to_fill(char *area, size_t size, size_t page)
{
	for (size_t i = 0; i < size; i += page)
		static_cast<volatile char *>(area)[i] = 1;
}

void verify(const uint64_t *area, size_t size)
{
	size_t bad = 0, first_bad = 0;
	for (size_t page = 0; page < size / kPage; page++)
		for (size_t word = 0; word < kPage / 8; word++)
			if (*area++ != pattern(page, word)) {
				if (!bad++)
					first_bad = page;
				area += kPage / 8 - word - 1;
				break;
			}
	if (bad)
		std::cout << "verify bad " << bad << " pages, the first is " << first_bad
			  << std::endl;
	else
		std::cout << "verify ok " << size / kPage << " pages" << std::endl;
}

// Adjacent pieces differ in a harmless flag, so they stay separate mappings.
void cut(char *area, size_t size, size_t pieces)
{
	size_t piece = size / pieces / kPage * kPage;
	for (size_t i = 0; i < pieces; i += 2)
		madvise(area + i * piece, piece, MADV_DONTFORK);
}

char *map_hugetlb(const Plan &plan)
{
	const int flags = (plan.shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_HUGETLB |
			  __builtin_ctzll(plan.hugetlb) << MAP_HUGE_SHIFT;
	void *area = mmap(nullptr, plan.size, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (area == MAP_FAILED)
		fail("mmap of hugetlb: " + std::string(strerror(errno)));
	if (plan.bare)
		begin_to_fill(static_cast<char *>(area), plan.size, kHuge);
	else
		fill(static_cast<uint64_t *>(area), plan.size);
	return static_cast<char *>(area);
}

// Each page has many entries in the page table, and each of these its own accessed bit.
void map_repeatedly(char *area, size_t size, size_t part)
{
	const int fd = memfd_create("workload", 0);

	if (fd < 0 || ftruncate(fd, part))
		fail("memfd: " + std::string(strerror(errno)));
	for (size_t i = 0; i + part <= size; i += part)
		if (mmap(area + i, part, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED)
			fail("mmap: " + std::string(strerror(errno)));
	close(fd);
}

void prefer_node(char *area, size_t size, int node)
{
	const int preferred = 1; // MPOL_PREFERRED of <linux/mempolicy.h>
	const unsigned long nodes = 1UL << node;

	if (syscall(SYS_mbind, area, size, preferred, &nodes, 8 * sizeof(nodes), 0))
		fail("mbind: " + std::string(strerror(errno)));
}

char *map(const Plan &plan)
{
	if (plan.hugetlb)
		return map_hugetlb(plan);
	// mmap does not align to huge pages by itself everywhere
	const int flags = (plan.shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_NORESERVE;
	char *raw = static_cast<char *>(
		mmap(nullptr, plan.size + kHuge, PROT_READ | PROT_WRITE, flags, -1, 0));
	if (raw == MAP_FAILED)
		fail("mmap: " + std::string(strerror(errno)));
	char *area =
		reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(raw) + kHuge - 1) & -kHuge);
	if (area != raw)
		munmap(raw, area - raw);
	munmap(area + plan.size, raw + kHuge - area);

	madvise(area, plan.size, plan.thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (const Part &part : plan.huges)
		madvise(area + part.offset, part.size, MADV_HUGEPAGE);
	for (const Part &part : plan.files)
		if (mmap(area + part.offset, part.size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			fail("mmap: " + std::string(strerror(errno)));
	if (plan.repeated) {
		map_repeatedly(area, plan.size, plan.repeated);
		return area;
	}
	if (plan.pieces > 1)
		cut(area, plan.size, plan.pieces);
	if (plan.mergeable && madvise(area, plan.size, MADV_MERGEABLE))
		fail("MADV_MERGEABLE: " + std::string(strerror(errno)));
	if (plan.node >= 0)
		prefer_node(area, plan.size, plan.node);
	if (plan.locked && mlock(area, plan.size))
		fail("mlock: " + std::string(strerror(errno)));
	if (plan.bare)
		begin_to_fill(area, plan.size, kPage);
	else
		fill(reinterpret_cast<uint64_t *>(area), plan.size);
	return area;
}

// A monitor that clears accessed bits need not flush the TLB, and an emulated TLB
// is large enough to hold every hot page forever: then no access is ever seen
// again.  Real ones forget.  Ageing more pages than the kernel flushes one by one
// (33) makes it flush everything, for the price of one system call.
void forget_translations()
{
	alignas(kPage) static volatile char scratch[64 * kPage];
	for (size_t i = 0; i < sizeof(scratch); i += kPage)
		scratch[i] = scratch[i] + 1;
	madvise(const_cast<char *>(scratch), sizeof(scratch), MADV_COLD);
}

void touch(const char *start, size_t size)
{
	const volatile char *p = start;
	for (size_t i = 0; i < size; i += kPage)
		(void)p[i];
}

void print_range(const char *what, const Range &r, const char *area)
{
	std::cout << what << ' ' << r.name << ' ' << reinterpret_cast<uintptr_t>(area + r.offset)
		  << ' ' << reinterpret_cast<uintptr_t>(area + r.offset + r.size) << ' '
		  << static_cast<uint64_t>(now() * 1e9) << std::endl;
}

void move_due(Plan &plan, const char *area, double t)
{
	for (Range &r : plan.ranges) {
		if (r.move_every_s < 0)
			continue;
		if (!move_wanted && (r.move_every_s == 0 || t < r.move_at))
			continue;
		std::swap(r.offset, r.other_offset);
		r.move_at = t + r.move_every_s;
		print_range("moved", r, area);
	}
	move_wanted = 0;
}

void touch_due(Plan &plan, const char *area)
{
	bool first = true;
	for (Range &r : plan.ranges) {
		double t = now();
		if (t < r.touch_at)
			continue;
		if (first)
			forget_translations();
		first = false;
		touch(area + r.offset, r.size);
		r.touch_at = t + r.period_s;
	}
}

// Always sleeps a little: an emulated machine has others to serve.
void rest(const Plan &plan)
{
	double t = now(), next = t + 0.05;
	for (const Range &r : plan.ranges)
		next = std::min(next, r.touch_at);
	double left = std::max(next - t, 0.001);
	timespec ts = {0, static_cast<long>(left * 1e9)};
	nanosleep(&ts, nullptr);
}

void run(Plan &plan, char *area)
{
	while (!end_wanted) {
		if (verify_wanted) {
			verify_wanted = 0;
			verify(reinterpret_cast<uint64_t *>(area), plan.size);
		}
		move_due(plan, area, now());
		touch_due(plan, area);
		rest(plan);
	}
}

} // namespace

int main(int argc, char **argv)
{
	Plan plan;
	if (argc > 1) {
		std::ifstream file(argv[1]);
		if (!file)
			fail(std::string("cannot read ") + argv[1]);
		plan = read_plan(file);
	} else {
		plan = read_plan(std::cin);
	}
	if (!plan.size)
		fail("no map line");

	for (int sig : {SIGUSR1, SIGUSR2, SIGTERM}) {
		struct sigaction sa = {};
		sa.sa_handler = on_signal;
		sigaction(sig, &sa, nullptr);
	}
	char *area = map(plan);
	std::cout << "pid " << getpid() << std::endl;
	std::cout << "map " << reinterpret_cast<uintptr_t>(area) << ' '
		  << reinterpret_cast<uintptr_t>(area + plan.size) << std::endl;
	for (Range &r : plan.ranges) {
		r.move_at = now() + r.move_every_s;
		print_range("range", r, area);
	}
	std::cout << "ready" << std::endl;

	if (plan.leave) {
		std::thread([&plan, area] {
			run(plan, area);
			_exit(0);
		}).detach();
		pthread_exit(nullptr); // the stack stays
	}
	run(plan, area);
	return 0;
}
