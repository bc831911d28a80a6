// vmguest MIB HOT_AT HOT_SIZE: a virtual machine (KVM) of that memory, all of it present, whose guest
// accesses the pages of a part (MiB) two hundred times a second.  The process itself does not.
// Writes "map START END" and "ready".  Until it is killed.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr uint32_t kMiB = 1 << 20;
constexpr uint32_t kCode = 0x1000;

[[noreturn]] void fail(const char *what)
{
	printf("error: %s: %m\n", what);
	exit(1);
}

int control(int fd, unsigned long request, void *arg, const char *what)
{
	int result = ioctl(fd, request, arg);
	if (result < 0)
		fail(what);
	return result;
}

// For a processor in protected mode.
void write_code(uint8_t *code, uint32_t from, uint32_t to)
{
	const uint8_t loop[] = {
		0xbe, 0,    0, 0,    0,	   // start: mov from, %esi
		0xfe, 0x06,		   // next: incb (%esi)
		0x81, 0xc6, 0, 0x10, 0, 0, // add $4096, %esi
		0x81, 0xfe, 0, 0,    0, 0, // cmp $to, %esi
		0x72, 0xf0,		   // jb next
		0xf4,			   // hlt
		0xeb, 0xe8,		   // jmp start
	};
	memcpy(code, loop, sizeof(loop));
	memcpy(code + 1, &from, 4);
	memcpy(code + 15, &to, 4);
}

// 32 bits, flat, no paging.
void set_up(int vcpu)
{
	kvm_sregs sregs;
	control(vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
	kvm_segment segment = {};
	segment.limit = 0xffffffff;
	segment.present = segment.s = segment.db = segment.g = 1;
	segment.selector = 8;
	segment.type = 11;
	sregs.cs = segment;
	segment.selector = 16;
	segment.type = 3;
	sregs.ds = sregs.es = sregs.ss = segment;
	sregs.cr0 |= 1;
	control(vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
	kvm_regs regs = {};
	regs.rip = kCode;
	regs.rflags = 2;
	control(vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

} // namespace

int main(int argc, char **argv)
{
	setvbuf(stdout, nullptr, _IOLBF, 0);
	if (argc != 4)
		return 2;
	uint32_t size = atoi(argv[1]) * kMiB, from = atoi(argv[2]) * kMiB,
		 to = from + atoi(argv[3]) * kMiB;

	void *memory =
		mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	write_code(static_cast<uint8_t *>(memory) + kCode, from, to);

	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		fail("/dev/kvm");
	int vm = control(kvm, KVM_CREATE_VM, nullptr, "KVM_CREATE_VM");
	kvm_userspace_memory_region region = {};
	region.memory_size = size;
	region.userspace_addr = reinterpret_cast<uintptr_t>(memory);
	control(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
	int vcpu = control(vm, KVM_CREATE_VCPU, nullptr, "KVM_CREATE_VCPU");
	int run_size = control(kvm, KVM_GET_VCPU_MMAP_SIZE, nullptr, "KVM_GET_VCPU_MMAP_SIZE");
	void *shared = mmap(nullptr, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (shared == MAP_FAILED)
		fail("mmap of the VCPU");
	auto run = static_cast<kvm_run *>(shared);
	set_up(vcpu);

	for (uint64_t rounds = 0;; rounds++) {
		control(vcpu, KVM_RUN, nullptr, "KVM_RUN");
		if (run->exit_reason != KVM_EXIT_HLT) {
			printf("error: the guest stopped: %u\n", run->exit_reason);
			return 1;
		}
		if (!rounds) {
			auto start = reinterpret_cast<uintptr_t>(memory);
			printf("map %" PRIuPTR " %" PRIuPTR "\nready\n", start, start + size);
		}
		usleep(5000);
	}
}
