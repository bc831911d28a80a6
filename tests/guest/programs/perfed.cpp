// perfed ID SECONDS: how many samples of the tracepoint ID perf_event_open() records in that time, on
// all processors, with what the event tells.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr size_t page = 4096, pages = 64; // of records, for each processor

// Records from the start on, as none is taken out: what does not fit is lost.
unsigned long samples_in(const char *ring)
{
	const auto *control = reinterpret_cast<const perf_event_mmap_page *>(ring);
	const uint64_t end = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	unsigned long count = 0;

	for (uint64_t at = 0; at < end;) {
		const auto *header = reinterpret_cast<const perf_event_header *>(ring + page + at);
		const auto *raw_size = reinterpret_cast<const uint32_t *>(header + 1);

		count += header->type == PERF_RECORD_SAMPLE && *raw_size >= 8;
		at += header->size;
	}
	return count;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	std::vector<const char *> rings;
	perf_event_attr attr = {};

	attr.type = PERF_TYPE_TRACEPOINT;
	attr.size = sizeof(attr);
	attr.config = strtoull(argv[1], nullptr, 10);
	attr.sample_period = 1;
	attr.sample_type = PERF_SAMPLE_RAW;
	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++) {
		const long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
		void *ring = fd < 0 ? MAP_FAILED
				    : mmap(nullptr, (1 + pages) * page, PROT_READ | PROT_WRITE,
					   MAP_SHARED, static_cast<int>(fd), 0);

		if (ring == MAP_FAILED) {
			perror(fd < 0 ? "perf_event_open" : "mmap");
			return 1;
		}
		rings.push_back(static_cast<const char *>(ring));
	}
	sleep(static_cast<unsigned int>(atoi(argv[2])));

	unsigned long count = 0;

	for (const char *ring : rings)
		count += samples_in(ring);
	printf("%lu\n", count);
	return 0;
}
