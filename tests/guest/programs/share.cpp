// share MIB CHILDREN [WHO [split]]: memory that a process shares with so many forked children.  The
// WHO-th of them (0: nobody) reads all of it every 20 ms.  With split it is of huge pages, which that
// one maps by pages of 4 KiB.  Prints "map START END" and "ready"; ends, with all children, on SIGTERM.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHuge = 2 << 20;

// As in workload.cpp: without it an emulated TLB would hide the accesses.
void forget_translations()
{
	alignas(kPage) static volatile char scratch[64 * kPage];
	for (size_t i = 0; i < sizeof(scratch); i += kPage)
		scratch[i] = scratch[i] + 1;
	madvise(const_cast<char *>(scratch), sizeof(scratch), MADV_COLD);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const size_t size = strtoull(argv[1], nullptr, 0) << 20;
	const int children = atoi(argv[2]);
	const int who = argc > 3 ? atoi(argv[3]) : 0;
	const bool split = argc > 4 && !strcmp(argv[4], "split");
	void *mapped = mmap(nullptr, size + kHuge, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mapped == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	const uintptr_t start = (reinterpret_cast<uintptr_t>(mapped) + kHuge - 1) & -kHuge;
	char *area = reinterpret_cast<char *>(start);

	madvise(area, size, split ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	memset(area, 1, size);
	for (int i = 1; i <= children; i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (i != who) {
			for (;;)
				pause();
		}
		// A huge page of which a part has another protection is mapped by its small ones.
		for (size_t at = 0; split && at < size; at += kHuge)
			mprotect(area + at, kPage, PROT_READ);
		for (;;) {
			forget_translations();
			for (size_t at = 0; at < size; at += kPage)
				(void)*static_cast<volatile char *>(area + at);
			usleep(20000);
		}
	}
	printf("map %" PRIuPTR " %" PRIuPTR "\nready\n", start, start + size);
	fflush(stdout);
	for (;;)
		pause();
}
