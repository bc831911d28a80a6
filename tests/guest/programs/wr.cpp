// wr [-n] [-f N] FILE TEXT: writes TEXT and a newline (-n: none) in one write(2), and
// prints OK or the name of the error.  A shell's echo tells no errno.  With -f the N-th
// memory allocation of the write fails; if it has fewer, " beyond" is printed too.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	bool newline = true;
	const char *failing = nullptr;
	if (argc > 1 && !strcmp(argv[1], "-n")) {
		newline = false;
		argv++, argc--;
	}
	if (argc > 2 && !strcmp(argv[1], "-f")) {
		failing = argv[2];
		argv += 2, argc -= 2;
	}
	if (argc != 3) {
		fputs("usage: wr [-n] [-f N] FILE TEXT\n", stderr);
		return 2;
	}
	std::string text = argv[2];
	if (newline)
		text += '\n';
	int fd = open(argv[1], O_WRONLY);
	if (fd < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}
	int nth = -1;
	char left[16] = "";
	if (failing)
		nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (failing && (nth < 0 || write(nth, failing, strlen(failing)) < 0)) {
		perror("wr: fail-nth");
		return 2;
	}
	bool written = write(fd, text.data(), text.size()) >= 0;
	const char *result = written ? "OK" : strerrorname_np(errno);
	// It is 0 again once an allocation has failed.
	if (failing && (pread(nth, left, sizeof(left) - 1, 0) < 0 || pwrite(nth, "0", 1, 0) < 0)) {
		perror("wr: fail-nth");
		return 2;
	}
	printf("%s%s\n", result, failing && strtol(left, nullptr, 10) > 0 ? " beyond" : "");
	return !written;
}
