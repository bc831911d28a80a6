// SPDX-License-Identifier: GPL-2.0
/*
 * vmguest MIB HOT_AT HOT_SIZE: a virtual machine (KVM) of that memory, all of it present, whose guest
 * accesses the pages of a part (MiB) two hundred times a second.  The process itself does not.
 * Writes "map START END" and "ready".  Until it is killed.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1u << 20)
#define CODE 0x1000

static void fail(const char *what)
{
	printf("error: %s: %m\n", what);
	exit(1);
}

static int control(int fd, unsigned long request, void *arg, const char *what)
{
	int result = ioctl(fd, request, arg);

	if (result < 0)
		fail(what);
	return result;
}

/* For a processor in protected mode. */
static void write_code(uint8_t *code, uint32_t from, uint32_t to)
{
	const uint8_t loop[] = {
		0xbe, 0, 0, 0, 0,          /* start: mov $from, %esi */
		0xfe, 0x06,                /* next: incb (%esi) */
		0x81, 0xc6, 0, 0x10, 0, 0, /* add $4096, %esi */
		0x81, 0xfe, 0, 0, 0, 0,    /* cmp $to, %esi */
		0x72, 0xf0,                /* jb next */
		0xf4,                      /* hlt */
		0xeb, 0xe8,                /* jmp start */
	};

	memcpy(code, loop, sizeof(loop));
	memcpy(code + 1, &from, sizeof(from));
	memcpy(code + 15, &to, sizeof(to));
}

/* 32 bits, flat, no paging. */
static void set_up(int vcpu)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_segment segment = {
		.limit = 0xffffffff,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1,
	};
	struct kvm_sregs sregs;

	control(vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
	segment.selector = 8;
	segment.type = 11;
	sregs.cs = segment;
	segment.selector = 16;
	segment.type = 3;
	sregs.ds = sregs.es = sregs.ss = segment;
	sregs.cr0 |= 1;
	control(vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
	control(vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

int main(int argc, char **argv)
{
	struct kvm_userspace_memory_region region = {};
	uint32_t size, from, to;
	struct kvm_run *run;
	int kvm, vm, vcpu;
	uint8_t *memory;
	bool started = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 4)
		return 2;
	size = atoi(argv[1]) * MIB;
	from = atoi(argv[2]) * MIB;
	to = from + atoi(argv[3]) * MIB;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	write_code(memory + CODE, from, to);

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		fail("/dev/kvm");
	vm = control(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	region.memory_size = size;
	region.userspace_addr = (uintptr_t)memory;
	control(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
	vcpu = control(vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	run = mmap(NULL, control(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		fail("mmap of the VCPU");
	set_up(vcpu);

	for (;;) {
		control(vcpu, KVM_RUN, NULL, "KVM_RUN");
		if (run->exit_reason != KVM_EXIT_HLT) {
			printf("error: the guest stopped: %u\n", run->exit_reason);
			return 1;
		}
		if (!started)
			printf("map %lu %lu\nready\n", (unsigned long)memory,
			       (unsigned long)memory + size);
		started = true;
		usleep(5000);
	}
}
