// hold: memory that is mapped and then left alone, until SIGTERM.
//
//   hold file PATH...        maps files, shared and read-only, and reads every page once
//
// Prints "map START END" for each mapping and "ready".

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr size_t kPage = 4096;

[[noreturn]] void fail(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(1);
}

void print_map(const char *start, size_t size)
{
	const auto address = reinterpret_cast<uintptr_t>(start);

	printf("map %" PRIuPTR " %" PRIuPTR "\n", address, address + size);
}

void map(char *at, int fd, size_t size)
{
	if (mmap(at, size, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, 0) == MAP_FAILED)
		fail("mmap");
	for (size_t i = 0; i < size; i += kPage)
		(void)static_cast<volatile char *>(at)[i];
}

char *reserve(size_t size)
{
	void *at =
		mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return static_cast<char *>(at);
}

void hold_file(const char *path)
{
	const int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path);
	char *at = reserve(st.st_size);

	map(at, fd, st.st_size);
	print_map(at, st.st_size);
	close(fd);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "file")) {
		for (int i = 2; i < argc; i++)
			hold_file(argv[i]);
	} else {
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
