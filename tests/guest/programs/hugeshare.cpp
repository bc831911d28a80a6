// hugeshare MIB: processes that share a hugetlb mapping, and thereby its page tables: the mapping
// fills 1 GiB, of which MIB are used.  Children come all the time, use it, and leave it each in its
// own way: by unmapping it, or a part, by protecting it, by exec, by exit, killed.  Whoever reads it
// must find what was written.  Until SIGTERM; then "hugeshare ok", or not.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr size_t kHuge = 2 << 20;
constexpr size_t kArea = 1 << 30;

volatile sig_atomic_t stop;

int wrong(const volatile uint64_t *area, size_t used)
{
	int n = 0;
	for (size_t i = 0; i < used / kHuge; i++)
		n += area[i * kHuge / 8] != i + 1;
	return n;
}

[[noreturn]] void child(char *area, size_t used, int way, const char *self)
{
	auto words = reinterpret_cast<volatile uint64_t *>(area);
	if (wrong(words, used))
		_exit(1);
	switch (way % 6) {
	case 0:
		munmap(area, kArea);
		break;
	case 1: // tables can be shared of whole GiB only
		munmap(area + kArea / 2, kArea / 2);
		if (wrong(words, used))
			_exit(1);
		break;
	case 2:
		mprotect(area, kArea, PROT_NONE);
		mprotect(area, kArea, PROT_READ);
		if (wrong(words, used))
			_exit(1);
		break;
	case 3:
		execl(self, self, "0", static_cast<char *>(nullptr));
		break;
	case 4:
		kill(getpid(), SIGKILL);
		break;
	}
	_exit(0);
}

} // namespace

int main(int argc, char **argv)
{
	const size_t used = argc > 1 ? strtoull(argv[1], nullptr, 0) << 20 : 0;
	if (!used)
		return 0;
	signal(SIGTERM, [](int) { stop = 1; });
	// aligned: a hole of twice the size has one
	char *hole = static_cast<char *>(mmap(nullptr, 2 * kArea, PROT_NONE,
					      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	const uintptr_t start = (reinterpret_cast<uintptr_t>(hole) + kArea - 1) & -kArea;
	void *mapped =
		mmap(reinterpret_cast<void *>(start), kArea, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE | MAP_FIXED, -1, 0);
	if (mapped == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	char *area = static_cast<char *>(mapped);
	auto words = reinterpret_cast<volatile uint64_t *>(area);
	for (size_t i = 0; i < used / kHuge; i++)
		words[i * kHuge / 8] = i + 1;
	printf("map %" PRIuPTR " %" PRIuPTR "\nready\n", start, start + used);
	fflush(stdout);

	int bad = 0;
	for (int way = 0; !stop; way++) {
		pid_t children[3];
		for (pid_t &pid : children) {
			pid = fork();
			if (pid == 0)
				child(area, used, way, argv[0]);
			way++;
		}
		for (pid_t pid : children) {
			int status = 0;
			if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
				bad += WEXITSTATUS(status);
		}
		bad += wrong(words, used);
	}
	printf(bad ? "hugeshare wrong: %d\n" : "hugeshare ok\n", bad);
	return bad != 0;
}
