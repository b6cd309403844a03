/* SPDX-License-Identifier: MIT */
/* The CPU clock of a process rather than the sum over /proc/PID/task/: it is as fine, it costs one
 * system call, and threads that have ended stay in it. */
#include "tests/bench/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/failure.h"
#include "tests/bench/nanoclock.h"

#define PATH_SIZE 64
#define STAT_SIZE 1024

struct process {
	pid_t pid;
	pid_t parent;
	char state;
	uint64_t user_ticks;
	uint64_t system_ticks;
	bool is_counted;
};

/* proc(5); the name, which may hold anything, ends with the last bracket. */
static bool process_read(pid_t pid, struct process *process_out)
{
	char path[PATH_SIZE];
	char text[STAT_SIZE];
	const char *fields;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	fields = strrchr(text, ')');
	*process_out = (struct process){ .pid = pid };
	return fields != NULL &&
	       sscanf(fields, ") %c %d %*d %*d %*d %*d %*d %*d %*d %*d %*d %" SCNu64 " %" SCNu64,
		       &process_out->state, &process_out->parent, &process_out->user_ticks,
		       &process_out->system_ticks) == 4;
}

/* Appends a struct process for each that there is, but for this one. */
static void list_all(struct buf *list)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	struct process process;

	if (folder == NULL)
		failure("/proc can't be read");
	while ((entry = readdir(folder)) != NULL) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		if (pid != 0 && pid != getpid() && process_read(pid, &process))
			buf_append(list, &process, sizeof(process));
	}
	closedir(folder);
}

static struct process *process_find(struct process *list, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].pid == pid)
			return &list[i];
	}
	return NULL;
}

/* Parents may stand behind their children: once more as long as it finds one. */
static void mark_descendants(struct process *list, size_t count)
{
	bool has_found = true;

	while (has_found) {
		has_found = false;
		for (size_t i = 0; i < count; i++) {
			const struct process *parent;

			if (list[i].is_counted)
				continue;
			parent = process_find(list, count, list[i].parent);
			if (parent != NULL && parent->is_counted)
				list[i].is_counted = has_found = true;
		}
	}
}

/* Returns how many struct process list holds now, those that count marked. */
static size_t list_counted(const pid_t *pids, size_t count, struct buf *list)
{
	struct process *processes;
	size_t total;

	list_all(list);
	processes = (struct process *)(void *)list->data;
	total = list->len / sizeof(*processes);
	for (size_t i = 0; i < count; i++) {
		struct process *process = process_find(processes, total, pids[i]);

		if (process == NULL)
			failure("there is no process %d", pids[i]);
		process->is_counted = true;
	}
	mark_descendants(processes, total);
	return total;
}

void proc_find(struct proc_group *group, const pid_t *pids, size_t count)
{
	struct buf list = { 0 };
	size_t total = list_counted(pids, count, &list);
	const struct process *processes = (const struct process *)(void *)list.data;

	buf_clear(&group->pids);
	for (size_t i = 0; i < total; i++) {
		if (processes[i].is_counted)
			buf_append(&group->pids, &processes[i].pid, sizeof(pid_t));
	}
	buf_finish(&list);
}

void proc_group_finish(struct proc_group *group)
{
	buf_finish(&group->pids);
}

static size_t group_size(const struct proc_group *group)
{
	return group->pids.len / sizeof(pid_t);
}

static pid_t group_pid(const struct proc_group *group, size_t index)
{
	return ((const pid_t *)(const void *)group->pids.data)[index];
}

void proc_read_usage(const struct proc_group *group, struct proc_usage *usage_out)
{
	*usage_out = (struct proc_usage){ 0 };
	for (size_t i = 0; i < group_size(group); i++) {
		pid_t pid = group_pid(group, i);
		struct process process;
		clockid_t clock;

		if (clock_getcpuclockid(pid, &clock) != 0 || !process_read(pid, &process))
			continue;
		usage_out->cpu_ns += nanoclock_of(clock);
		usage_out->user_ticks += process.user_ticks;
		usage_out->system_ticks += process.system_ticks;
	}
}

/* False when nothing is told. */
static bool memory_add(pid_t pid, struct proc_memory *memory)
{
	char path[PATH_SIZE];
	char line[256];
	uint64_t kilobytes;
	bool is_told = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Pss: %" SCNu64, &kilobytes) == 1) {
			memory->pss_bytes += kilobytes * 1024;
			is_told = true;
		} else if (sscanf(line, "Pss_Anon: %" SCNu64, &kilobytes) == 1) {
			memory->anonymous_bytes += kilobytes * 1024;
		}
	}
	fclose(file);
	return is_told;
}

/* One that nobody has waited for yet is gone, too: it has no memory. */
static bool is_gone(pid_t pid)
{
	struct process process;

	return !process_read(pid, &process) || process.state == 'Z';
}

void proc_read_memory(const struct proc_group *group, struct proc_memory *memory_out)
{
	*memory_out = (struct proc_memory){ 0 };
	for (size_t i = 0; i < group_size(group); i++) {
		pid_t pid = group_pid(group, i);

		if (!memory_add(pid, memory_out) && !is_gone(pid))
			failure("the memory of process %d can't be read", pid);
	}
}
