// churn [THREADS] [again]: an address space that never rests, until SIGTERM.  Each thread maps
// areas of all kinds, fills, splits, moves, ages, pages out, merges, forks over and unmaps them.
// With "again" the program becomes itself anew every second.
//
// What it reads must be what it wrote; "churn ok" says so.  "churn touch" is what children become.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHuge = 2 << 20;
constexpr size_t kArea = 8 << 20;
constexpr size_t kPages = kArea / kPage;

// Those that leave the contents alone.  By number, for headers may be older than kernels.
constexpr struct {
	const char *name;
	int number;
} kAdvices[] = {
	{"normal", 0},	   {"random", 1},      {"sequential", 2},     {"willneed", 3},
	{"mergeable", 12}, {"mergeable", 12},  {"unmergeable", 13},   {"hugepage", 14},
	{"hugepage", 14},  {"nohugepage", 15}, {"dontdump", 16},      {"cold", 20},
	{"pageout", 21},   {"pageout", 21},    {"populate read", 22}, {"populate write", 23},
	{"collapse", 25},  {"collapse", 25},
};
constexpr int kFree = 8, kRemove = 9;

std::atomic<bool> stop;
std::atomic<int> wrong;

// Held by whoever maps memory anywhere, alone by whoever has left a hole to come back to.
std::shared_mutex holes;

struct Random {
	uint64_t state;
	uint64_t next()
	{
		state ^= state << 13;
		state ^= state >> 7;
		return state ^= state << 17;
	}
	size_t below(size_t n)
	{
		return next() % n;
	}
};

enum class Kind { anonymous, shared, file, nr };

class Area {
      public:
	Area(Kind kind, Random &random) : kind_(kind), random_(random)
	{
		int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS;
		if (kind == Kind::shared) {
			flags = MAP_SHARED | MAP_ANONYMOUS;
		} else if (kind == Kind::file) {
			fd = memfd_create("churn", 0);
			if (fd < 0 || ftruncate(fd, kArea) != 0)
				return;
			flags = MAP_PRIVATE;
		}
		start_ = map(nullptr, kArea, PROT_READ | PROT_WRITE, flags, fd);
		if (fd >= 0)
			close(fd);
	}
	Area(const Area &) = delete;
	~Area()
	{
		if (start_)
			munmap(start_, kArea);
	}
	explicit operator bool() const
	{
		return start_;
	}

	void act()
	{
		size_t from = random_.below(kPages);
		size_t n = 1 + random_.below(random_.below(2) ? 64 : kPages);

		n = std::min(n, kPages - from);
		switch (random_.below(16)) {
		case 0:
		case 1:
		case 2:
		case 3:
			madvise(at(from), n * kPage,
				kAdvices[random_.below(std::size(kAdvices))].number);
			break;
		case 4:
			// Of shared memory it takes only the mapping away.
			if (kind_ != Kind::shared)
				drop(from, n, MADV_DONTNEED, true);
			break;
		case 5:
			// It may refuse half way, or give back later.
			drop(from, n, kFree, false);
			break;
		case 6:
			if (kind_ == Kind::shared)
				drop(from, n, kRemove, true);
			break;
		case 7:
			mprotect(at(from), n * kPage, random_.below(2) ? PROT_READ : PROT_NONE);
			mprotect(start_, kArea, PROT_READ | PROT_WRITE);
			break;
		case 8:
			mlock(at(from), std::min<size_t>(n, 64) * kPage);
			munlock(start_, kArea);
			break;
		case 9:
			move_all();
			break;
		case 10:
			there_and_back(from, n);
			break;
		case 11:
			if (kind_ == Kind::anonymous)
				replace(from, n);
			break;
		case 12:
			fork_over();
			break;
		default:
			fill(from, n);
		}
		for (int i = 0; i < 32; i++)
			check(random_.below(kPages));
	}

	void check_all()
	{
		for (size_t page = 0; page < kPages; page++)
			check(page);
	}

      private:
	struct Page {
		uint32_t expected = 0;
		bool may_be_zero = false; // given back, so it is that or zero until it is written
	};

	static char *map(void *where, size_t size, int protection, int flags, int fd)
	{
		std::shared_lock lock(holes);
		void *at = mmap(where, size, protection, flags, fd, 0);
		return at == MAP_FAILED ? nullptr : static_cast<char *>(at);
	}
	char *at(size_t page) const
	{
		return start_ + page * kPage;
	}

	// A word at either end of the page.
	volatile uint32_t *word(size_t page, bool last) const
	{
		return reinterpret_cast<volatile uint32_t *>(at(page)) + (last ? kPage / 4 - 1 : 0);
	}

	bool is_right(size_t page) const
	{
		const Page &p = pages_[page];

		for (bool last : {false, true}) {
			uint32_t is = *word(page, last);
			if (is != p.expected && !(is == 0 && p.may_be_zero))
				return false;
		}
		return true;
	}

	void check(size_t page)
	{
		if (is_right(page))
			return;
		if (wrong++ < 5)
			printf("wrong: kind %d page %zu at %p: %x and %x, expected %x%s\n",
			       static_cast<int>(kind_), page, at(page), *word(page, false),
			       *word(page, true), pages_[page].expected,
			       pages_[page].may_be_zero ? " or 0" : "");
		// Count it once.
		fill(page, 1);
	}

	void fill(size_t from, size_t n)
	{
		// Few values, so that pages of several areas can be merged.
		uint32_t value = 1 + static_cast<uint32_t>(random_.below(4));

		for (size_t page = from; page < from + n; page++) {
			pages_[page] = {value << 16 | static_cast<uint32_t>(page & 0xff), false};
			*word(page, false) = pages_[page].expected;
			*word(page, true) = pages_[page].expected;
		}
	}

	void drop(size_t from, size_t n, int advice, bool at_once)
	{
		bool done = madvise(at(from), n * kPage, advice) == 0 && at_once;

		for (size_t page = from; page < from + n; page++) {
			pages_[page].may_be_zero = true;
			if (done)
				pages_[page] = {};
		}
	}

	// These two need what is one mapping.  If it is not, the contents stay; but the target is
	// unmapped even then, and may be another thread's by now.
	void move_all()
	{
		char *to = map(nullptr, kArea, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!to)
			return;
		void *moved = mremap(start_, kArea, kArea, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		if (moved != MAP_FAILED)
			start_ = to;
	}
	void there_and_back(size_t from, size_t n)
	{
		char *to = map(nullptr, kArea, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!to)
			return;
		constexpr int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
		std::unique_lock lock(holes);
		void *moved = mremap(at(from), n * kPage, n * kPage, flags, to);
		if (moved != MAP_FAILED &&
		    mremap(to, n * kPage, n * kPage, flags, at(from)) == MAP_FAILED)
			abort();
		if (n < kPages)
			munmap(to + n * kPage, (kPages - n) * kPage);
	}

	void replace(size_t from, size_t n)
	{
		if (map(at(from), n * kPage, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1))
			std::fill_n(pages_.begin() + static_cast<ptrdiff_t>(from), n, Page{});
	}

	void fork_over()
	{
		bool becomes_another = random_.below(2);
		pid_t child = fork();

		if (child == 0) {
			if (becomes_another) {
				execl("/proc/self/exe", "churn", "touch", nullptr);
				_exit(0); // for want of memory
			}
			bool right = true;
			for (int i = 0; i < 64; i++)
				right &= is_right(random_.below(kPages));
			// not what others see, if it is shared
			if (kind_ != Kind::shared)
				fill(random_.below(kPages / 2), kPages / 4);
			_exit(right ? 0 : 3);
		}
		if (child < 0)
			return;
		int status;
		if (waitpid(child, &status, 0) != child)
			return;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
			printf("wrong: in a child\n");
			wrong++;
		} else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM) {
			printf("wrong: a child ended by signal %d\n", WTERMSIG(status));
			wrong++;
		}
	}

	Kind kind_;
	Random &random_;
	char *start_ = nullptr;
	std::vector<Page> pages_{kPages};
};

// Huge pages of the pool, where it has any.
void hugetlb()
{
	std::shared_lock lock(holes);
	void *at = mmap(nullptr, kHuge, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	lock.unlock();
	if (at == MAP_FAILED)
		return;
	auto *word = static_cast<volatile uint64_t *>(at);
	for (int i = 1; i <= 20; i++) {
		word[i] = i;
		usleep(500);
		if (word[i] != static_cast<uint64_t>(i))
			wrong++;
	}
	munmap(at, kHuge);
}

// Takes the accessed bits away under everybody's eyes.
void clear_refs()
{
	if (int fd = open("/proc/self/clear_refs", O_WRONLY); fd >= 0) {
		if (write(fd, "1", 1) < 0)
			perror("clear_refs");
		close(fd);
	}
}

void churn(uint64_t seed)
{
	Random random{seed * 0x9e3779b97f4a7c15u};

	while (!stop) {
		Area area(static_cast<Kind>(random.below(static_cast<size_t>(Kind::nr))), random);
		if (!area)
			continue;
		for (int i = 0; i < 40 && !stop; i++)
			area.act();
		area.check_all();
		hugetlb();
		if (random.below(4) == 0)
			clear_refs();
		usleep(1000);
	}
}

int touch()
{
	static volatile char bytes[1 << 20];
	for (size_t i = 0; i < sizeof(bytes); i += kPage)
		bytes[i] = 1;
	return 0;
}

int end()
{
	printf(wrong ? "churn wrong: %d\n" : "churn ok\n", wrong.load());
	return wrong != 0;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "touch") == 0)
		return touch();

	const int nr_threads = argc > 1 ? atoi(argv[1]) : 3;
	const bool again = argc > 2 && strcmp(argv[2], "again") == 0;
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	signal(SIGTERM, [](int) { stop = true; });
	// It was blocked while the program became itself.
	pthread_sigmask(SIG_UNBLOCK, &term, nullptr);

	if (!again)
		printf("pid %d\n", getpid());
	fflush(stdout);
	std::vector<std::thread> threads;
	for (int i = 1; i <= nr_threads; i++)
		threads.emplace_back(churn,
				     i + 16 * static_cast<uint64_t>(getpid()) + time(nullptr));
	for (int tenth = 0; again && !stop && tenth < 10; tenth++)
		usleep(100000);
	if (again && !stop && wrong == 0) {
		// The other threads are in the midst of it, and end there.
		pthread_sigmask(SIG_BLOCK, &term, nullptr);
		fflush(stdout);
		if (!stop)
			execv("/proc/self/exe", argv);
		stop = true;
	}
	for (std::thread &t : threads)
		t.join();
	return end();
}
