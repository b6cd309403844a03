/* SPDX-License-Identifier: MIT */
/* The numbers of all threads added up, and the gauges, which are looked up when somebody asks.
 * What the kernel knows of the process is apart: counting descriptors takes milliseconds when
 * there are ten thousand, too much for a monitor that asks every second. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/history/history.h"
#include "broker/shard.h"

#define FD_FOLDER "/proc/self/fd"

const char *broker_history_state(const struct broker *broker)
{
	return broker->layer->keeps_past ? broker->layer->ops->state(broker->layer) : "none";
}

void broker_stats(const struct broker *broker, struct stats_reading *reading)
{
	struct layer_counts counts;

	*reading = (struct stats_reading){ 0 };
	stats_sum(&broker->stats, reading);
	for (size_t i = 0; i < broker->shard_count; i++)
		stats_sum(shard_stats_of(broker->shards[i]), reading);
	reading->values[STAT_CONNECTIONS] = broker->connections;
	reading->values[STAT_EVENT_STREAMS] = broker->by_transport[TRANSPORT_EVENT_STREAM];
	reading->values[STAT_LONG_POLLS] = broker->by_transport[TRANSPORT_LONG_POLL];
	reading->values[STAT_CONNECTIONS_MAX] = (uint64_t)broker->connections_max;
	reading->values[STAT_ROOMS] = rooms_count(broker->rooms);
	counts = broker->layer->ops->count(broker->layer);
	reading->values[STAT_CHANNELS] = counts.channels;
	reading->values[STAT_CHANNEL_MESSAGES] = counts.messages;
	reading->values[STAT_MEMBERSHIPS] = counts.memberships;
	reading->values[STAT_LAYER_EDGES] = counts.edges;
	reading->values[STAT_LAYER_UP] = !counts.is_down;
	reading->values[STAT_LAYER_WAITING_BYTES] = counts.waiting_bytes;
	reading->values[STAT_THREADS] = broker->shard_count;
	reading->values[STAT_UPTIME] = (broker->reactor.now_ms - broker->start_ms) / 1000;
	reading->values[STAT_BUILD] = 1;
	reading->values[STAT_REPLAY_BYTES] = atomic_load(&broker->replay_bytes);
	if (broker->history != NULL)
		reading->values[STAT_WAL_BYTES] = history_wal_bytes(broker->history);
}

/* proc(5): the second number of statm, in pages. */
static uint64_t read_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	struct str rest, word = STR("");
	uint64_t pages;

	if (file == NULL)
		return 0;
	rest = str_from(fgets(line, sizeof(line), file));
	fclose(file);
	for (int i = 0; i < 2; i++)
		str_next(&rest, ' ', &word);
	return str_to_uint64(word, &pages) ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* Since Linux 6.2 the folder's size tells; before, it is 0. */
static uint64_t count_descriptors(void)
{
	struct stat status;
	uint64_t count = 0;
	DIR *folder;

	if (stat(FD_FOLDER, &status) == 0 && status.st_size > 0)
		return (uint64_t)status.st_size;
	folder = opendir(FD_FOLDER);
	if (folder == NULL)
		return 0;
	for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count - 1; /* without the folder itself */
}

void broker_process_stats(const struct broker *broker, struct stats_reading *reading)
{
	reading->values[STAT_START_TIME] = (uint64_t)broker->start_wall_ms / 1000;
	reading->values[STAT_RESIDENT_BYTES] = read_resident_bytes();
	reading->values[STAT_OPEN_FDS] = count_descriptors();
}
