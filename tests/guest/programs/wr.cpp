// wr [-n] FILE TEXT: writes TEXT and a newline (-n: none) in one write(2), and
// prints OK or the name of the error.  A shell's echo tells no errno.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	bool newline = true;
	if (argc > 1 && !strcmp(argv[1], "-n")) {
		newline = false;
		argv++, argc--;
	}
	if (argc != 3) {
		fputs("usage: wr [-n] FILE TEXT\n", stderr);
		return 2;
	}
	std::string text = argv[2];
	if (newline)
		text += '\n';
	int fd = open(argv[1], O_WRONLY);
	if (fd < 0 || write(fd, text.data(), text.size()) < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}
	puts("OK");
	return 0;
}
