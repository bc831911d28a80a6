// share MIB CHILDREN [WHO]: memory that a process shares with so many forked children.  The WHO-th
// of them (0: nobody) reads all of it every 20 ms.  Prints "map START END" and "ready"; ends, with
// all children, on SIGTERM.

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
	char *area = static_cast<char *>(mmap(nullptr, size, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

	if (area == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	madvise(area, size, MADV_NOHUGEPAGE);
	memset(area, 1, size);
	for (int i = 1; i <= children; i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (i != who) {
			for (;;)
				pause();
		}
		for (;;) {
			forget_translations();
			for (size_t at = 0; at < size; at += kPage)
				(void)*static_cast<volatile char *>(area + at);
			usleep(20000);
		}
	}
	const auto start = reinterpret_cast<uintptr_t>(area);

	printf("map %" PRIuPTR " %" PRIuPTR "\nready\n", start, start + size);
	fflush(stdout);
	for (;;)
		pause();
}
