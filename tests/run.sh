#!/bin/bash
# Runs the tests, all levels or those named, and sums up.
#
#   tests/run.sh [LEVEL]...
#
#   host         unit tests under GoogleTest with ASan and UBSan
#   fuzz         random input, for a quarter of a minute each target
#   static       sparse, clang-tidy, checks of the build, shellcheck
#   build        damon.ko for both stock kernels and the debug kernel, no warning
#   kunit        the unit tests in the debug kernel
#   guest-6.1    what a user sees, on Debian's 6.1
#   guest-6.12   ... on Debian's 6.12
#   guest-debug  ... on the debug kernel, with failing allocations and leak checks
#   guest        the three of them
#   numa         migration between two NUMA nodes, on both stock kernels
#   clients      modules on the client API, and the pages that teach it, on both stock kernels
#   package      the Debian packages: installed, built by DKMS, loaded, on both stock kernels
#
# Six more run only if they are named:
#
#   guest-debug-slow  what guest-debug leaves out: about an hour, emulated
#   clients-debug     what clients does, on the debug kernel, but for the pages
#   soak              all at once on the debug kernel, for SOAK_SECONDS (an hour), on
#                     SOAK_KERNEL if given: debug, stock-6.1 or stock-6.12
#   lockdown     Secure Boot: signed modules, and those that are not, on both stock kernels
#   xen          as a paravirtualized guest of Xen, whose page tables are others; on the usual
#                kernels of both series, for which it downloads 160 MB
#   damo         the damo tool and mainline's selftests, unmodified, on both stock kernels:
#                downloads 160 MB, and takes half an hour; the test for leaks on the debug kernel
#
# Each level's output is in build/test/<level>.log.  The last line is always
# "N passed, N failed".
set -uo pipefail

cd "$(dirname "$0")/.." || exit 2
. tools/lib.sh
logs=build/test
results=$logs/results.$$ # a file for each level, for some run side by side

usage() { sed -n '2,32s/^# \?//p' "$0" >&2; exit 2; }

# take: keeps the "ok NAME" and "not ok NAME" lines on standard input, shows
# those that failed, and where a guest had to be started again
take() {
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*) printf '%s\n' "$line" ;;
		'not ok '*)
			printf 'not ok %s\n' "$level: ${line#not ok }"
			printf '  %s\n' "$line" >&2
			;;
		'-- attempt '*) printf '  %s\n' "$level: ${line#-- }" >&2 ;;
		esac
	done >>"$results/$level"
}

# count ok|not [FILE]...: of the level, if no files are named
count() {
	local what=$1
	shift
	cat "${@:-$results/$level}" | grep -c "^$what "
}

# begin LEVEL TITLE, end: one line when it starts, one when it has ended
begin() {
	level=$1
	log=$logs/$level.log
	began=$SECONDS
	: >"$log"
	: >>"$results/$level"
	printf '== %s\n' "$2"
}
end() {
	printf '   %s: %d passed, %d failed, %d s\n' "$level" "$(count ok)" "$(count not)" $((SECONDS - began))
}

# judge NAME STATUS: a step that has no tests to show is one itself; and one that
# failed although none of its tests did, is a failure too
judge() {
	local name=$1 status=$2
	if [ "$status" != 0 ] && [ "$(count not)" = 0 ]; then
		take <<<"not ok $name: status $status, see $log"
		tail -n 15 "$log" | sed 's/^/      /'
	elif [ "$status" = 0 ] && [ ! -s "$results/$level" ]; then
		take <<<"not ok $name: it ran no test"
	fi
}

run_host() {
	begin host "unit tests on the host"
	GTEST_BRIEF=0 make -j"$(nproc)" host-test >>"$log" 2>&1
	local status=$?
	take < <(sed -nE \
		-e 's/^\[       OK \] (.*) \([0-9]+ ms\)$/ok \1/p' \
		-e 's/^\[  FAILED  \] (.*) \([0-9]+ ms\)$/not ok \1/p' "$log")
	judge host-test $status
	end
}

run_fuzz() {
	begin fuzz "random input"
	make -k -j"$(nproc)" FUZZ_SECONDS=15 fuzz >>"$log" 2>&1
	local status=$?
	take <"$log"
	judge fuzz $status
	end
}

run_static() {
	begin static "static checks"
	make check-static >>"$log" 2>&1
	local status=$? complaints
	take <"$log"
	judge check-static $status
	if complaints=$(shellcheck -x tools/*.sh tests/*.sh tests/fuzz/*.sh tests/guest/*.sh tests/guest/init \
		tests/guest/cases/*.sh tests/package/*.sh tools/fleet/damon-textfile .ci/run 2>&1); then
		take <<<"ok shellcheck"
	else
		printf '%s\n' "$complaints" >>"$log"
		take <<<"not ok shellcheck: see $log"
	fi
	end
}

# build_for NAME ARG...: one kernel, with nothing to complain about
build_for() {
	local name=$1 out
	shift
	out=$(make "$@" 2>&1)
	local status=$?
	printf '%s\n' "make $*" "$out" >>"$log"
	if [ $status != 0 ]; then
		take <<<"not ok build for $name: status $status, see $log"
		printf '%s\n' "$out" | tail -n 15 | sed 's/^/      /'
	elif grep -qi 'warning' <<<"$out"; then
		take <<<"not ok build for $name: it warns"
		grep -i 'warning' <<<"$out" | head -n 10 | sed 's/^/      /'
	else
		take <<<"ok build for $name"
	fi
}

# kernel NAME: its variables, or a failure
kernel() {
	local found
	# shellcheck disable=SC2086  # "stock 6.1" is two words
	if found=$(tools/kernel.sh ${1/-/ } 2> >(tee -a "$log" | grep '^--' >&2)); then
		eval "$found"
	else
		take <<<"not ok the $1 kernel: cannot be had, see $log"
		return 1
	fi
}

# modules: damon.ko and damon_kunit.ko as build and boot find them
run_build() {
	begin build "the module for each kernel"
	local k
	for k in stock-6.1 stock-6.12; do
		kernel $k && build_for $k KVER="$KVER"
	done
	kernel debug && build_for debug KDIR="$KDIR" KUNIT=1
	end
}

# need_module KERNEL [ARG]...: built already, or now (quietly: build is its own level)
need_module() {
	local k=$1 args
	shift
	kernel "$k" || return
	args=(KVER="$KVER")
	[ "$k" != debug ] || args=(KDIR="$KDIR")
	make "${args[@]}" "$@" >>"$log" 2>&1 && [ -f "build/$KVER/damon.ko" ] && return
	take <<<"not ok build for $k: see $log"
	return 1
}

run_kunit() {
	begin kunit "unit tests in the debug kernel"
	if need_module debug KUNIT=1; then
		tests/guest/boot.sh -n kunit -k "build/$KVER/damon_kunit.ko" -t 900 debug kunit.sh >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge kunit $status
	fi
	end
}

# Emulated, the debug kernel would take these beyond an hour.
slow_cases='46-hugetlb 46-probes 47-secondary 48-processes 52-advice 53-paddr-actions 54-filters 55-ksm'
slow_cases+=' 56-migrate 57-quota'

# run_guest KERNEL SECONDS [slow]
run_guest() {
	local name=guest-$1${3:+-$3}
	begin "${name/stock-/}" "system tests on $1${3:+, the slow ones}"
	if need_module "$1"; then
		local cases=(tests/guest/cases/*.sh) case slow kept=()
		for case in "${cases[@]}"; do
			slow=''
			[[ $1 != debug || " $slow_cases " != *" $(basename "$case" .sh) "* ]] || slow=slow
			[ "$slow" != "${3-}" ] || kept+=("$case")
		done
		cases=("${kept[@]}")
		tests/guest/boot.sh -n "$name" -t "$2" -s "$2" "$1" "${cases[@]#tests/guest/}" >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge "$name" $status
	fi
	end
}

# run_soak KERNEL SECONDS: with memory that can go offline, and a second node to migrate to
run_soak() {
	begin soak "all at once on $1, for $2 s"
	if need_module "$1"; then
		tests/guest/boot.sh -N -m 2048 -p movablecore=768M -n "soak-$1" -t $(($2 * 2 + 900)) \
			-s $(($2 * 2 + 800)) -e SOAK_SECONDS="$2" -e SOAK_ROUND_SECONDS=40 \
			${SOAK_SEED:+-e SOAK_SEED="$SOAK_SEED"} \
			"$1" cases/72-soak.sh cases/95-leaks.sh >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge soak $status
	fi
	end
}

# run_numa KERNEL: two nodes, between which the kernel moves nothing by itself
run_numa() {
	begin "numa-${1#stock-}" "migration between NUMA nodes on $1"
	if need_module "$1" samples; then
		tests/guest/boot.sh -N -p numa_balancing=disable -n "numa-$1" -t 700 -s 500 \
			-f "build/clients/$KVER/samples/mtier.ko=/mtier.ko" \
			"$1" cases/56-migrate.sh mtier.sh >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge "numa-$1" $status
	fi
	end
}

# build_page PAGE: as it tells, but that it is for the kernel KVER and finds what `make install` installs
# where `make samples` has it
build_page() {
	local out=$PWD/build/clients/$KVER/pages/$1
	rm -rf "$out"
	mkdir -p "$out/bin"
	printf '#!/bin/sh\necho %s\n' "$KVER" >"$out/bin/uname"
	chmod +x "$out/bin/uname"
	if tests/guest/page.sh "Documentation/$1.md" "$out" &&
		(cd "$out" && DAMON=$PWD/../../dev PATH=$out/bin:$PATH bash build.sh); then
		take <<<"ok $1.md: builds"
	else
		take <<<"not ok $1.md: does not build, see $log"
		return 1
	fi >>"$log" 2>&1
}

# run_clients KERNEL SECONDS
run_clients() {
	local module page files=() scripts=(clients.sh ready.sh tutorial.sh) pages=(ten-minutes ten-minutes-cxx)
	if [ "$1" = debug ]; then # it is not installed, as the pages want it
		scripts=(clients.sh ready.sh) pages=()
	fi
	begin "clients-${1#stock-}" "client modules on $1"
	if need_module "$1" samples clients; then
		tools/link-tree.sh "build/clients/$KVER" tests/guest/clients
		make -C "$KDIR" M="$PWD/build/clients/$KVER/tests/guest/clients" \
			DAMON="$PWD/build/clients/$KVER/dev" modules >>"$log" 2>&1
		for module in "build/clients/$KVER"/{samples,clients/modules,tests/guest/clients}/*.ko; do
			files+=(-f "$module=/${module##*/}")
		done
		for page in "${pages[@]}"; do
			build_page "$page" || continue
			# one takes more than a minute to run
			[ "$1 $page" != "stock-6.1 ten-minutes-cxx" ] || continue
			[ "$1 $page" != "stock-6.12 ten-minutes" ] || continue
			for module in "build/clients/$KVER/pages/$page/guest.sh" "build/clients/$KVER/pages/$page"/*/*.ko; do
				files+=(-f "$module=/page/$page/${module##*/}")
			done
		done
		tests/guest/boot.sh -n "clients-$1" -t "$2" -s "$2" "${files[@]}" "$1" \
			"${scripts[@]}" >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge "clients-$1" $status
	fi
	end
}

run_package() {
	begin package "Debian packages"
	tests/package/run.sh >>"$log" 2>&1
	local status=$?
	take <"$log"
	judge package $status
	end
}

# run_damo KERNEL: those of DAMO_SUITE, a suite of Debian
run_damo() {
	begin "damo-${1#stock-}" "damo and mainline's selftests on $1"
	local root=build/guest/damo-$1.cpio module ready=() status=0
	if need_module "$1" clients; then
		if ! tests/guest/damo-root.sh "${DAMO_SUITE:=sid}" "$root" selftests >>"$log" 2>&1; then
			take <<<"not ok damo: it cannot be had, see $log"
			end
			return
		fi
		if [ "$1" = debug ]; then # for kmemleak
			tests/guest/boot.sh -n "damo-$1" -r "$root" -t 900 -s 600 \
				-e SELFTESTS="sysfs_memcg_path_leak.sh sysfs_update_removed_scheme_dir.sh" \
				"$1" selftests.sh >>"$log" 2>&1 || status=1
		else
			for module in "build/clients/$KVER"/clients/modules/*.ko; do
				ready+=(-f "$module=/${module##*/}")
			done
			tests/guest/boot.sh -n "damo-$1" -r "$root" "${ready[@]}" -t 1800 -s 1500 \
				"$1" damo.sh selftests.sh >>"$log" 2>&1 || status=1
			tests/guest/boot.sh --icount -n "damo-$1" -r "$root" -t 600 -s 500 \
				-e SELFTESTS=sysfs_update_schemes_tried_regions_wss_estimation.py \
				"$1" selftests.sh >>"$log" 2>&1 || status=1
		fi
		take <"$log"
		judge "damo-$1" $status
	fi
	end
}

# run_lockdown KERNEL: booted by UEFI firmware, with Secure Boot on and keys of ours enrolled
run_lockdown() {
	begin "lockdown-${1#stock-}" "signed modules under Secure Boot on $1"
	local firmware=build/guest/firmware-$1
	if need_module "$1"; then
		if tests/guest/firmware.sh "$firmware" "$VMLINUZ" "$KDIR" "build/$KVER/damon.ko" >>"$log" 2>&1; then
			tests/guest/boot.sh -n "lockdown-$1" -t 400 -s 300 -e LOCKED_BOOT=1 \
				-x -drive -x "if=pflash,format=raw,readonly=on,file=$firmware/code.fd" \
				-x -drive -x "if=pflash,format=raw,file=$firmware/vars.fd" \
				-f "$firmware/db.ko=/signed/db.ko" -f "$firmware/mok.ko=/signed/mok.ko" \
				"$1" cases/99-lockdown.sh >>"$log" 2>&1
			local status=$?
			take <"$log"
			judge "lockdown-$1" $status
		else
			take <<<"not ok lockdown: the firmware cannot be prepared, see $log"
		fi
	fi
	end
}

# run_xen KERNEL: without huge pages, which such a guest has not
run_xen() {
	begin "$1" "as a guest of Xen on ${1#xen-}"
	if need_module "$1"; then
		tests/guest/boot.sh -n "$1" -t 1200 -s 600 "$1" cases/32-results.sh cases/40-monitor.sh \
			cases/45-paddr.sh cases/48-processes.sh cases/60-commit.sh >>"$log" 2>&1
		local status=$?
		take <"$log"
		judge "$1" $status
	fi
	end
}

levels=("$@")
[ $# -gt 0 ] || levels=(host fuzz static build kunit guest numa clients package)
for level in "${levels[@]}"; do
	case $level in
	host | fuzz | static | build | kunit | guest | guest-6.1 | guest-6.12 | guest-debug | numa | clients | package) ;;
	guest-debug-slow | clients-debug | soak | lockdown | xen | damo) ;;
	*) usage ;;
	esac
done
mkdir -p "$results"
trap 'rm -rf "$results"' EXIT
# Its own failure is a test's failure: no machine may be green without the tools.
level=setup
tools/deps.sh test || take <<<"not ok setup: packages are missing"

# both LEVEL [ARG]...: on the two stock kernels side by side, for much of a guest's time is waiting
both() {
	"$1" stock-6.1 "${@:2}" &
	"$1" stock-6.12 "${@:2}" &
	wait
}

for level in "${levels[@]}"; do
	case $level in
	host) run_host ;;
	fuzz) run_fuzz ;;
	static) run_static ;;
	build) run_build ;;
	kunit) run_kunit ;;
	guest-6.1) run_guest stock-6.1 1200 ;;
	guest-6.12) run_guest stock-6.12 1200 ;;
	guest-debug) run_guest debug 2700 ;;
	guest-debug-slow) run_guest debug 5400 slow ;;
	soak) run_soak "${SOAK_KERNEL:-debug}" "${SOAK_SECONDS:-3600}" ;;
	guest)
		both run_guest 1800
		run_guest debug 2700
		;;
	numa) both run_numa ;;
	clients) both run_clients 900 ;;
	clients-debug) run_clients debug 2700 ;;
	package) run_package ;;
	lockdown) both run_lockdown ;;
	xen)
		run_xen xen-6.1
		run_xen xen-6.12
		;;
	damo)
		both run_damo
		run_damo debug
		;;
	esac
done

failed=$(count not "$results"/*)
if [ "$failed" -gt 0 ]; then
	echo
	echo "failed:"
	sed -n 's/^not ok /  /p' "$results"/* | cut -c1-300
fi
echo
echo "$(count ok "$results"/*) passed, $failed failed"
[ "$failed" = 0 ]
