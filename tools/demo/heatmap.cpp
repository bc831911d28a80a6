// heatmap KDAMOND START END PID SECONDS PERIOD-MS: asks a running kdamond again and
// again which regions it sees, through the files of its first scheme, and
//
//   - draws a row of a heat map for each answer (time down, address across), in
//     colours if COLOR=1, COLS wide; not at all if DRAW=0;
//   - writes the row as "data row <ms since boot> <RSS KiB> <swap KiB> <BINS values,
//     0 to 100>" to $DATA, for a picture to be made of later.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

struct Region {
	uint64_t start, end;
	double heat;  // part of the checks that saw an access, 0 to 1
};

uint64_t now_ms() {
	timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

void sleep_ms(long ms) {
	timespec t = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, nullptr);
}

int env_int(const char* name, int otherwise) {
	const char* value = getenv(name);
	return value && *value ? atoi(value) : otherwise;
}

bool read_number(const std::string& path, uint64_t& value) {
	int fd = open(path.c_str(), O_RDONLY);
	if (fd < 0)
		return false;
	char text[32] = {};
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	value = strtoull(text, nullptr, 10);
	return true;
}

// The interface is busy while it serves somebody else's command: then try again.
int command(const std::string& kdamond, const char* word) {
	for (int tries = 0; tries < 100; tries++) {
		int fd = open((kdamond + "/state").c_str(), O_WRONLY);
		if (fd < 0)
			return errno;
		ssize_t n = write(fd, word, strlen(word));
		int error = n < 0 ? errno : 0;
		close(fd);
		if (error != EBUSY)
			return error;
		sleep_ms(20);
	}
	return EBUSY;
}

std::vector<Region> snapshot(const std::string& context, double max_accesses) {
	std::vector<Region> regions;
	for (int i = 0;; i++) {
		std::string dir = context + "/schemes/0/tried_regions/" + std::to_string(i);
		uint64_t start, end, accesses;
		if (!read_number(dir + "/start", start) || !read_number(dir + "/end", end) ||
		    !read_number(dir + "/nr_accesses", accesses))
			return regions;
		regions.push_back({start, end, std::min(1.0, accesses / max_accesses)});
	}
}

// The mean heat of each of n equal parts of [start, end).
std::vector<double> bins(const std::vector<Region>& regions, uint64_t start, uint64_t end, int n) {
	std::vector<double> sum(n);
	double width = double(end - start) / n;
	for (const Region& r : regions) {
		uint64_t from = std::max(r.start, start), to = std::min(r.end, end);
		if (from >= to)
			continue;
		int first = (from - start) / width, last = std::min<int>(n - 1, (to - start) / width);
		for (int i = first; i <= last; i++) {
			double a = std::max<double>(from, start + i * width);
			double b = std::min<double>(to, start + (i + 1) * width);
			if (b > a)
				sum[i] += r.heat * (b - a) / width;
		}
	}
	return sum;
}

// From night to glow, in the terminal's 256 colours.
constexpr int kColours[] = {16, 17, 18, 54, 90, 126, 162, 197, 203, 209, 215, 221, 228, 231};
constexpr char kShades[] = " .:-=+*%#@";

std::string cell(double heat, bool colour) {
	if (colour) {
		int n = std::size(kColours);
		return "\033[48;5;" + std::to_string(kColours[std::min<int>(n - 1, heat * n)]) + "m ";
	}
	int n = sizeof(kShades) - 1;
	return std::string(1, kShades[std::min<int>(n - 1, heat * n)]);
}

void draw_legend(int columns, uint64_t bytes, bool colour) {
	std::string scale = "never ";
	for (int i = 0; i < 14; i++)
		scale += cell((i + 0.5) / 14, colour) + (colour ? cell((i + 0.5) / 14, colour) : "");
	scale += colour ? "\033[0m" : "";
	printf("   time   accessed: %s at every check\n", scale.c_str());
	std::string end = std::to_string(bytes >> 20) + " MiB";
	printf("         0%*s\n", columns - 1, end.c_str());
}

void draw_row(const std::vector<double>& row, double seconds, bool colour) {
	printf(" %5.1f s ", seconds);
	for (double heat : row)
		fputs(cell(heat, colour).c_str(), stdout);
	puts(colour ? "\033[0m" : "|");
	fflush(stdout);
}

uint64_t status_kib(const char* pid, const char* field) {
	FILE* f = fopen((std::string("/proc/") + pid + "/status").c_str(), "r");
	if (!f)
		return 0;
	char line[256];
	uint64_t kib = 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			kib = strtoull(line + strlen(field) + 1, nullptr, 10);
	fclose(f);
	return kib;
}

void write_row(int fd, uint64_t ms, const char* pid, const std::vector<double>& row) {
	std::string line = "data row " + std::to_string(ms) + ' ' + std::to_string(status_kib(pid, "VmRSS")) +
			   ' ' + std::to_string(status_kib(pid, "VmSwap"));
	for (double heat : row)
		line += ' ' + std::to_string(int(heat * 100 + 0.5));
	line += '\n';
	if (write(fd, line.data(), line.size()) < 0)
		perror("heatmap: data");
}

}  // namespace

int main(int argc, char** argv) {
	if (argc != 7) {
		fputs("usage: heatmap KDAMOND START END PID SECONDS PERIOD-MS\n", stderr);
		return 2;
	}
	std::string kdamond = argv[1], context = kdamond + "/contexts/0";
	uint64_t start = strtoull(argv[2], nullptr, 0), end = strtoull(argv[3], nullptr, 0);
	const char* pid = argv[4];
	uint64_t stop = now_ms() + atoi(argv[5]) * 1000ull;
	uint64_t period = atoi(argv[6]);
	bool colour = env_int("COLOR", 0), draw = env_int("DRAW", 1);
	int columns = std::max(20, env_int("COLS", 80) - 11);
	int data = open(getenv("DATA") ? getenv("DATA") : "/dev/null", O_WRONLY);

	uint64_t sample, aggr;
	if (!read_number(context + "/monitoring_attrs/intervals/sample_us", sample) ||
	    !read_number(context + "/monitoring_attrs/intervals/aggr_us", aggr) || !sample) {
		fprintf(stderr, "heatmap: no context in %s\n", context.c_str());
		return 1;
	}
	double max_accesses = double(aggr) / sample;

	if (draw)
		draw_legend(columns, end - start, colour);
	uint64_t began = now_ms();
	for (uint64_t next = began; next < stop; next += period) {
		if (uint64_t t = now_ms(); t < next)
			sleep_ms(next - t);
		if (int error = command(kdamond, "update_schemes_tried_regions")) {
			fprintf(stderr, "heatmap: %s: %s\n", kdamond.c_str(), strerror(error));
			return 1;
		}
		uint64_t t = now_ms();
		std::vector<Region> regions = snapshot(context, max_accesses);
		if (draw)
			draw_row(bins(regions, start, end, columns), (t - began) / 1000.0, colour);
		write_row(data, t, pid, bins(regions, start, end, env_int("BINS", 160)));
	}
	return 0;
}
