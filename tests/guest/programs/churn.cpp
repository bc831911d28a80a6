// churn: an address space that never rests, until SIGTERM.  Threads map, fill, split,
// remap, age, page out, fork over and unmap areas, with small and huge pages, while
// others only touch them.  What it reads must be what it wrote; "churn ok" says so.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kArea = 8 << 20;

std::atomic<bool> stop;
std::atomic<int> wrong;

struct Random {
	uint64_t state;
	uint64_t next()
	{
		state ^= state << 13;
		state ^= state >> 7;
		return state ^= state << 17;
	}
};

void check(const volatile uint64_t *p, size_t page)
{
	// 0: given back by MADV_DONTNEED and not written since
	if (uint64_t v = p[page * kPage / 8]; v != page + 1 && v != 0)
		wrong++;
}

void one_action(char *&area, Random &random)
{
	size_t pages = kArea / kPage;
	size_t from = random.next() % pages, n = 1 + random.next() % (pages - from);
	char *start = area + from * kPage;
	switch (random.next() % 10) {
	case 0:
		madvise(start, n * kPage, MADV_HUGEPAGE);
		break;
	case 1:
		madvise(start, n * kPage, MADV_NOHUGEPAGE);
		break;
	case 2:
		madvise(start, n * kPage, MADV_DONTNEED);
		break;
	case 3:
		madvise(start, n * kPage, MADV_PAGEOUT);
		break;
	case 4:
		madvise(start, n * kPage, MADV_COLD);
		break;
	case 5:
		mprotect(start, n * kPage, PROT_READ);
		mprotect(area, kArea, PROT_READ | PROT_WRITE);
		break;
	case 6: {
		void *moved =
			mremap(area, kArea, kArea, MREMAP_MAYMOVE | MREMAP_FIXED,
			       mmap(nullptr, kArea, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		if (moved != MAP_FAILED)
			area = static_cast<char *>(moved);
		break;
	}
	case 7:
		if (pid_t child = fork(); child == 0) {
			area[from * kPage] = area[from * kPage];
			_exit(0);
		} else if (child > 0) {
			waitpid(child, nullptr, 0);
		}
		break;
	default:
		for (size_t i = from; i < from + n; i++)
			reinterpret_cast<volatile uint64_t *>(area)[i * kPage / 8] = i + 1;
	}
	for (size_t i = 0; i < 32; i++)
		check(reinterpret_cast<uint64_t *>(area), random.next() % pages);
}

void churn(uint64_t seed)
{
	Random random{seed * 0x9e3779b97f4a7c15u};
	while (!stop) {
		void *raw = mmap(nullptr, kArea, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (raw == MAP_FAILED)
			continue;
		char *area = static_cast<char *>(raw);
		for (int i = 0; i < 40 && !stop; i++)
			one_action(area, random);
		munmap(area, kArea);
		usleep(1000);
	}
}

} // namespace

int main()
{
	signal(SIGTERM, [](int) { stop = true; });
	std::vector<std::thread> threads;
	for (int i = 1; i <= 3; i++)
		threads.emplace_back(churn, i);
	printf("pid %d\n", getpid());
	fflush(stdout);
	for (std::thread &t : threads)
		t.join();
	printf(wrong ? "churn wrong: %d words\n" : "churn ok\n", wrong.load());
	return wrong != 0;
}
