// A client of redis that does the same each time, through a socket of the file system:
//
//   requests SOCKET fill KEYS HOT SIZE      sets so many keys to values of SIZE bytes, and calls HOT of
//                                           them, in the middle, hot:0 and so on, the others idle:N
//   requests SOCKET ask ROUNDS GETS HOT     gets GETS of the hot ones at once, and waits for them, then
//                                           5 ms; so often
//
// The second prints "asked ROUNDS US": how long it waited for answers.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace {

int server;
std::string received; // and not yet looked at
uint64_t state = 1;

[[noreturn]] void fail(const char *what)
{
	perror(what);
	exit(1);
}

uint64_t random_below(uint64_t bound)
{
	// Knuth's MMIX
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % bound;
}

uint64_t now_us()
{
	timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * uint64_t{1000000} + now.tv_nsec / 1000;
}

void connect_to(const char *path)
{
	sockaddr_un address{};

	address.sun_family = AF_UNIX;
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	if (server < 0 || connect(server, reinterpret_cast<sockaddr *>(&address), sizeof(address)))
		fail(path);
}

void send_all(const std::string &text)
{
	for (size_t sent = 0; sent < text.size();) {
		const ssize_t n = write(server, text.data() + sent, text.size() - sent);

		if (n <= 0)
			fail("write");
		sent += n;
	}
}

// until there are so many bytes to look at
void receive(size_t size)
{
	static char buffer[65536];

	while (received.size() < size) {
		const ssize_t n = read(server, buffer, sizeof(buffer));

		if (n <= 0)
			fail("read");
		received.append(buffer, n);
	}
}

// Such answers, all alike: "+OK", or values of a size.
void expect(uint64_t count, const std::string &header, size_t size)
{
	constexpr size_t kShortest = 5; // "+OK\r\n", and "$-1\r\n" for a key that is not there
	const size_t each = header.size() + size;

	for (uint64_t i = 0; i < count; i++) {
		receive(i * each + kShortest);
		if (received.compare(i * each, kShortest, header, 0, kShortest)) {
			fprintf(stderr, "redis said %.60s\n", received.c_str() + i * each);
			exit(1);
		}
		receive((i + 1) * each);
	}
	received.erase(0, count * each);
}

std::string bulk(const std::string &text)
{
	return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// Half of a value is noise, so that it can be compressed, but not to nothing.
std::string value(uint64_t size)
{
	std::string text;
	char word[17];

	while (text.size() < size) {
		snprintf(word, sizeof(word), "%08" PRIx64, random_below(uint64_t{1} << 30));
		text += word;
	}
	text.resize(size);
	return text;
}

void fill(uint64_t keys, uint64_t hot, uint64_t size)
{
	const uint64_t first = (keys - hot) / 2;
	const std::string set = "*3\r\n" + bulk("SET");
	constexpr uint64_t kAtOnce = 100;
	const std::string noise = value(uint64_t{1} << 16);
	std::string text;

	for (uint64_t key = 0; key < keys;) {
		uint64_t count = 0;

		for (text.clear(); count < kAtOnce && key < keys; count++, key++) {
			const bool is_hot = key >= first && key < first + hot;

			text += set + bulk((is_hot ? "hot:" : "idle:") +
					   std::to_string(is_hot ? key - first : key));
			text += bulk(noise.substr(random_below(noise.size() - size), size));
		}
		send_all(text);
		expect(count, "+OK\r\n", 0);
	}
	printf("filled %" PRIu64 "\n", keys);
}

void ask(uint64_t rounds, uint64_t gets, uint64_t hot)
{
	const std::string get = "*2\r\n" + bulk("GET");
	const timespec pause = {0, 5000000};
	std::string text;
	uint64_t waited = 0;

	// how large they are
	send_all(get + bulk("hot:0"));
	receive(16);
	const std::string header = received.substr(0, received.find('\n') + 1);
	const size_t rest = strtoull(header.c_str() + 1, nullptr, 10) + 2;

	expect(1, header, rest);
	for (uint64_t round = 0; round < rounds; round++) {
		text.clear();
		for (uint64_t i = 0; i < gets; i++)
			text += get + bulk("hot:" + std::to_string(random_below(hot)));
		const uint64_t before = now_us();

		send_all(text);
		expect(gets, header, rest);
		waited += now_us() - before;
		nanosleep(&pause, nullptr);
	}
	printf("asked %" PRIu64 " %" PRIu64 "\n", rounds, waited);
}

uint64_t number(const char *text)
{
	return strtoull(text, nullptr, 10);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	connect_to(argv[1]);
	const std::string what = argv[2];
	const uint64_t a = number(argv[3]), b = number(argv[4]), c = number(argv[5]);

	if (what == "fill" && a && b && b <= a && c && c < 60000)
		fill(a, b, c);
	else if (what == "ask" && a && b && c)
		ask(a, b, c);
	else
		return 2;
	return 0;
}
