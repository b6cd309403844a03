/* SPDX-License-Identifier: MIT */
/* What the processes of a server have used so far, as /proc and the clocks of processes tell it:
 * the given ones with everything that descends from them, all threads. Linux only. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_usage {
	uint64_t cpu_ns;
	uint64_t user_ticks; /* these two only for their ratio: they are coarse */
	uint64_t system_ticks;
};

/* Both end the program when one of pids is not there; a descendant may end at any time. */
void proc_read_usage(const pid_t *pids, size_t count, struct proc_usage *usage_out);
/* Memory, with what is shared divided by its users. */
uint64_t proc_read_pss_bytes(const pid_t *pids, size_t count);
