#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# sysfs_seeds.sh FOLDER: sessions that come far: the kdamond is on, every command is given, and each
# again while memory runs out, or once its process is gone.  Bytes are those of sysfs_fuzz.cpp.
set -eu

rm -f "$1"/*
on='\006\000\000' off='\006\000\001' steps='\016\100' many_steps='\016\377' dies='\014\000\000\000\000'
all_commands=''
for command in 002 003 004 005 006 007 010 011; do
	all_commands="$all_commands\\006\\000\\$command"
done

# shellcheck disable=SC2059  # they are formats, of octal bytes
{
	printf "$on$steps$all_commands$many_steps$all_commands$off$all_commands$on" >"$1/all"
	printf "$on$steps$dies$steps$all_commands" >"$1/dead"
	for failure in 000 001 002 004 010 020 030 040 060 100; do
		for command in 0 2 3 4 5 6; do
			printf "$on$steps\\017\\$failure\\006\\000\\00$command$steps" >"$1/$failure-$command"
		done
	done
}
