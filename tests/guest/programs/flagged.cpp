// flagged BIT FILE: how many page frames of the ranges in FILE, as frames prints them, have that bit in
// /proc/kpageflags.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	const int bit = atoi(argv[1]);
	const int fd = open("/proc/kpageflags", O_RDONLY);
	std::ifstream ranges(argv[2]);
	uint64_t start, end, count = 0;

	if (fd < 0 || !ranges) {
		perror(fd < 0 ? "kpageflags" : argv[2]);
		return 1;
	}
	while (ranges >> start >> end) {
		std::vector<uint64_t> flags((end - start) / 4096);
		const ssize_t size = flags.size() * sizeof(uint64_t);

		if (pread(fd, flags.data(), size, start / 4096 * sizeof(uint64_t)) != size) {
			perror("kpageflags");
			return 1;
		}
		for (uint64_t of_frame : flags)
			count += of_frame >> bit & 1;
	}
	printf("%" PRIu64 "\n", count);
	return 0;
}
