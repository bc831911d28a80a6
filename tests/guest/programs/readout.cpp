// readout KDAMOND WAY TIMES: reads all regions of the directory of a kdamond, that many times, and
// prints how many there are and what one reading took:
//
//	<regions> <ns of CPU time of this program> <ns of time passed>
//
// WAY is "directories": has tried_regions/ listed, and reads four files of each region; or
// "snapshot": reads the file of that name.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

namespace {

char buffer[1 << 20];

[[noreturn]] void die(const std::string &path)
{
	fprintf(stderr, "readout: %s: %s\n", path.c_str(), strerror(errno));
	exit(1);
}

long now(clockid_t clock)
{
	timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

// False: there is no such file.
bool read_file(const std::string &path)
{
	const int fd = open(path.c_str(), O_RDONLY);
	size_t length = 0;
	ssize_t got;

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0)
		die(path);
	while ((got = read(fd, buffer + length, sizeof(buffer) - 1 - length)) > 0)
		length += static_cast<size_t>(got);
	if (got < 0)
		die(path);
	buffer[length] = '\0';
	close(fd);
	return true;
}

void command(const std::string &kdamond, const char *word)
{
	const std::string path = kdamond + "/state";
	const int fd = open(path.c_str(), O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		die(path);
	close(fd);
}

unsigned long sum; // so that what was read is used

int read_directories(const std::string &kdamond)
{
	const std::string tried = kdamond + "/contexts/0/schemes/0/tried_regions/";
	int regions = 0;

	command(kdamond, "update_schemes_tried_regions");
	for (;; regions++) {
		const std::string region = tried + std::to_string(regions) + '/';

		for (const char *name : {"start", "end", "nr_accesses", "age"}) {
			if (!read_file(region + name))
				return regions;
			sum += strtoul(buffer, nullptr, 10);
		}
	}
}

int read_snapshot(const std::string &kdamond)
{
	int regions = 0;

	read_file(kdamond + "/snapshot");
	for (char *line = strchr(buffer, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		char *at = line + 1;

		for (int i = 0; i < 5; i++)
			sum += strtoul(at, &at, 10);
		regions++;
	}
	return regions;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	const std::string kdamond = argv[1];
	const bool snapshot = !strcmp(argv[2], "snapshot");
	const int times = atoi(argv[3]);
	int regions = 0;
	const long cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	const long passed = now(CLOCK_MONOTONIC);

	for (int i = 0; i < times; i++)
		regions = snapshot ? read_snapshot(kdamond) : read_directories(kdamond);
	printf("%d %ld %ld\n", regions, (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / times,
	       (now(CLOCK_MONOTONIC) - passed) / times);
	return sum == 0;
}
