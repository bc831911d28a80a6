/*
 * perfed ID SECONDS: how many samples of the tracepoint ID perf_event_open() records in that time, on
 * all processors, with what the event tells.  In C, for the kernel's header.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define PAGES 64 /* of records, for each processor */
#define MOST_CPUS 64

/* Records from the start on, as none is taken out: what does not fit is lost. */
static unsigned long samples_in(const char *ring)
{
	const struct perf_event_mmap_page *control = (const void *)ring;
	uint64_t end = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	const struct perf_event_header *header;
	unsigned long count = 0;
	uint64_t at;

	for (at = 0; at < end; at += header->size) {
		header = (const void *)(ring + PAGE + at);
		/* The size of what the event tells comes first. */
		count += header->type == PERF_RECORD_SAMPLE && *(const uint32_t *)(header + 1) >= 8;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};
	char *rings[MOST_CPUS];
	unsigned long count = 0;
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long cpu;

	if (argc != 3 || nr_cpus > MOST_CPUS)
		return 2;
	attr.config = strtoull(argv[1], NULL, 10);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		long fd = syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, 0);

		if (fd < 0) {
			perror("perf_event_open");
			return 1;
		}
		rings[cpu] = mmap(NULL, (1 + PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
		if (rings[cpu] == MAP_FAILED) {
			perror("mmap");
			return 1;
		}
	}
	sleep((unsigned int)atoi(argv[2]));
	for (cpu = 0; cpu < nr_cpus; cpu++)
		count += samples_in(rings[cpu]);
	printf("%lu\n", count);
	return 0;
}
