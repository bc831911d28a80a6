// frames PID START END: the physical memory of a part of a process, one range a line: "START END".
// Only pages that are present; root only.

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	const uint64_t page = 4096;
	const uint64_t start = strtoull(argv[2], nullptr, 0) / page;
	const uint64_t end = strtoull(argv[3], nullptr, 0) / page;
	const int fd = open(("/proc/" + std::string(argv[1]) + "/pagemap").c_str(), O_RDONLY);
	std::vector<uint64_t> entries(end - start), frames;
	const ssize_t size = entries.size() * sizeof(uint64_t);

	if (fd < 0 || pread(fd, entries.data(), size, start * sizeof(uint64_t)) != size) {
		perror("pagemap");
		return 1;
	}
	for (uint64_t entry : entries)
		if (entry >> 63)
			frames.push_back(entry & ((uint64_t{1} << 55) - 1));
	std::sort(frames.begin(), frames.end());
	for (size_t i = 0, first = 0; i < frames.size(); i++) {
		if (i + 1 < frames.size() && frames[i + 1] <= frames[i] + 1)
			continue;
		printf("%" PRIu64 " %" PRIu64 "\n", frames[first] * page, (frames[i] + 1) * page);
		first = i + 1;
	}
	return 0;
}
