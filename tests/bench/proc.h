/* SPDX-License-Identifier: MIT */
/* What the processes of a server have used so far, as /proc and the clocks of processes tell it:
 * the given ones with everything that descends from them, all threads. Linux only. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"

/* All zero is a group of none. */
struct proc_group {
	/* private */
	struct buf pids; /* owned */
};

struct proc_usage {
	uint64_t cpu_ns;
	uint64_t user_ticks; /* these two only for their ratio: they are coarse */
	uint64_t system_ticks;
};

struct proc_memory {
	uint64_t pss_bytes; /* what is shared is divided by its users */
	uint64_t anonymous_bytes; /* of these, what is no file's */
};

/* As they are now; who is born later is not of the group. Walks all of /proc, which is nothing to
 * do while something is measured. Ends the program when one of pids is not there. */
void proc_find(struct proc_group *group, const pid_t *pids, size_t count);
void proc_group_finish(struct proc_group *group);
/* Processes that have ended count no more, in either. */
void proc_read_usage(const struct proc_group *group, struct proc_usage *usage_out);
/* Ends the program when the kernel does not tell. */
void proc_read_memory(const struct proc_group *group, struct proc_memory *memory_out);
