// join QUERIES: a database that joins tables, as far as memory is concerned.
//
// A table of 256 MiB is full in eight places of 4 MiB, which queries look things up in, and elsewhere
// has data in one page of eight.  A query builds a hash table of 4 MiB, looks up in both, rests for
// 10 ms, and gives that memory back to the kernel, as an allocator does.  Everything is the same each
// time.  Prints "ready", and when all is done, before it waits for SIGTERM,
//
//   joined SUM       what was found
//   CPU FAULTS HUGE  nanoseconds of CPU time and page faults since it was ready; how many per mille of
//                    the lookups were in memory that was in huge pages (root only)

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kHugePage = 2 << 20;
constexpr uint64_t kTable = 256 << 20;
constexpr uint64_t kChunk = 4 << 20;
constexpr uint64_t kChunks = 8;
constexpr uint64_t kScratch = 4 << 20;
constexpr uint64_t kEntry = 64;
constexpr uint64_t kLookups = 20000;
constexpr uint64_t kSparse = 8;	    // one page of so many has data
constexpr uint64_t kLooksHuge = 10; // one query of so many is asked where its memory is

uint64_t state = 1;

uint64_t random_below(uint64_t bound)
{
	// Knuth's MMIX
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % bound;
}

[[noreturn]] void fail(const char *what)
{
	perror(what);
	exit(1);
}

// Anonymous memory that could be all huge pages.
char *map(uint64_t size)
{
	void *at = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(at) + kHugePage - 1) &
					~(kHugePage - 1));
}

uint64_t entry_of(int fd, uint64_t index)
{
	uint64_t entry = 0;

	if (pread(fd, &entry, sizeof(entry), index * sizeof(entry)) != sizeof(entry))
		fail("pagemap or kpageflags");
	return entry;
}

class HugePages {
      public:
	HugePages()
	{
		if (pagemap_ < 0 || flags_ < 0)
			fail("pagemap or kpageflags");
	}

	// How many bytes of the area are in huge pages, be those whole in it or not.
	uint64_t in(const char *start, uint64_t size) const
	{
		uint64_t bytes = 0;

		for (uint64_t at = 0; at < size;) {
			const auto address = reinterpret_cast<uintptr_t>(start) + at;
			const uint64_t next =
				at + kHugePage - address % kHugePage; // of the next huge page
			const uint64_t end = next < size ? next : size;

			if (is_huge(address & ~(kHugePage - 1)))
				bytes += end - at;
			at = end;
		}
		return bytes;
	}

      private:
	bool is_huge(uintptr_t address) const
	{
		const uint64_t entry = entry_of(pagemap_, address / kPage);
		const uint64_t frame = entry & ((uint64_t{1} << 55) - 1);

		// present, and KPF_THP of a frame that can begin a huge page
		return entry >> 63 && frame && frame % (kHugePage / kPage) == 0 &&
		       entry_of(flags_, frame) >> 22 & 1;
	}

	int pagemap_ = open("/proc/self/pagemap", O_RDONLY);
	int flags_ = open("/proc/kpageflags", O_RDONLY);
};

class Database {
      public:
	Database()
	{
		for (uint64_t page = 0; page < kTable / kPage; page += kSparse)
			memset(table_ + page * kPage, 1, kPage);
		for (uint64_t i = 0; i < kChunks; i++) {
			// one in each eighth, at any page
			chunks_[i] = table_ + i * (kTable / kChunks) +
				     random_below((kTable / kChunks - kChunk) / kPage) * kPage;
			for (uint64_t at = 0; at < kChunk; at += kEntry)
				*entry(chunks_[i], at / kEntry) = random_below(1 << 20);
		}
	}

	uint64_t query()
	{
		uint64_t sum = 0;

		for (uint64_t i = 0; i < kScratch / kEntry; i++)
			*entry(scratch_, (i * 40503) % (kScratch / kEntry)) = i;
		for (uint64_t i = 0; i < kLookups; i++) {
			const char *chunk = chunks_[random_below(kChunks)];
			const uint64_t key = *entry(chunk, random_below(kChunk / kEntry));

			sum += *entry(scratch_, key % (kScratch / kEntry));
		}
		return sum;
	}

	// Per mille of a query's lookups that are in huge pages just now.
	uint64_t huge() const
	{
		uint64_t bytes = 0;

		for (const char *chunk : chunks_)
			bytes += huge_pages_.in(chunk, kChunk);
		// half of the lookups are in each
		return bytes * 500 / (kChunks * kChunk) +
		       huge_pages_.in(scratch_, kScratch) * 500 / kScratch;
	}

	void give_back()
	{
		if (madvise(scratch_, kScratch, MADV_DONTNEED))
			fail("madvise");
	}

      private:
	static uint64_t *entry(const char *start, uint64_t index)
	{
		return reinterpret_cast<uint64_t *>(const_cast<char *>(start) + index * kEntry);
	}

	char *table_ = map(kTable);
	char *scratch_ = map(kScratch);
	char *chunks_[kChunks];
	HugePages huge_pages_;
};

uint64_t cpu_ns()
{
	timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * uint64_t{1000000000} + used.tv_nsec;
}

uint64_t faults()
{
	rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

} // namespace

int main(int argc, char **argv)
{
	const uint64_t queries = argc == 2 ? strtoull(argv[1], nullptr, 10) : 0;
	const timespec rest = {0, 10000000};
	uint64_t huge = 0, looks = 0, sum = 0;

	if (!queries)
		return 2;
	Database database;

	puts("ready");
	fflush(stdout);
	const uint64_t cpu_before = cpu_ns(), faults_before = faults();

	for (uint64_t i = 0; i < queries; i++) {
		sum += database.query();
		if (i % kLooksHuge == 0) {
			huge += database.huge();
			looks++;
		}
		nanosleep(&rest, nullptr);
		database.give_back();
	}
	const uint64_t cpu = cpu_ns() - cpu_before, taken = faults() - faults_before;

	printf("joined %" PRIu64 "\n%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sum, cpu, taken,
	       huge / looks);
	fflush(stdout);
	for (;;)
		pause();
}
