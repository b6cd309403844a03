/* SPDX-License-Identifier: MIT */
/* Waits with epoll_pwait2, whose time-out counts nanoseconds: a schedule of thousands of messages a
 * second needs no timer besides. */
#include "tests/bench/fleet.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "tests/bench/failure.h"
#include "tests/bench/nanoclock.h"

#define EVENTS_MAX 512
#define DESCRIPTORS_RESERVED 32
#define OPEN_STALL_NS (30 * NANOSECONDS) /* longer than a lost SYN is repeated for */
#define BUSY_NS (NANOSECONDS / 1000)

void fleet_init(struct fleet *fleet, const struct options *options, size_t count,
	const struct client_ops *ops, void *context)
{
	size_t descriptors = target_raise_descriptor_limit();

	*fleet = (struct fleet){ .count = count, .options = options };
	if (count + DESCRIPTORS_RESERVED > descriptors)
		failure("%zu connections need more than the %zu files that may be open", count,
			descriptors);
	fleet->clients = mem_alloc_array(count, sizeof(*fleet->clients));
	fleet->host = (struct client_host){
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.targets = fleet->targets,
		.target_count = targets_parse(fleet->targets, options->target),
		.ops = ops,
		.context = context,
	};
	if (fleet->host.epoll_fd < 0)
		failure("epoll_create1: %s", strerror(errno));
}

void fleet_finish(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		client_close(&fleet->clients[i]);
	if (fleet->clients != NULL)
		close(fleet->host.epoll_fd);
	mem_free(fleet->clients);
	buf_finish(&fleet->host.scratch);
	buf_finish(&fleet->request);
	*fleet = (struct fleet){ 0 };
}

static void append_path(struct buf *out, const char *template, uint32_t room)
{
	const char *mark;

	while ((mark = strstr(template, "%r")) != NULL) {
		buf_append(out, template, (size_t)(mark - template));
		buf_append_format(out, "bench%u", room);
		template = mark + 2;
	}
	buf_append_text(out, template);
}

/* With the Origin of a page from the same host: some servers refuse clients without one. */
static struct str request_for(struct fleet *fleet, uint32_t room, struct str query)
{
	struct buf *out = &fleet->request;
	const char *host = fleet->targets[0].host;

	buf_clear(out);
	buf_append_text(out, "GET ");
	append_path(out, fleet->options->path, room);
	buf_append_str(out, query);
	buf_append_format(out,
		" HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		host, host);
	if (fleet->options->subprotocol != NULL)
		buf_append_format(
			out, "Sec-WebSocket-Protocol: %s\r\n", fleet->options->subprotocol);
	buf_append_text(out, "\r\n");
	return buf_str(out);
}

bool fleet_begin(struct fleet *fleet, struct client *client, struct str query)
{
	return client_begin(client, &fleet->host, request_for(fleet, client->room, query));
}

void fleet_open(struct fleet *fleet, size_t first, size_t count, size_t parallel)
{
	uint64_t *opened = &fleet->host.opened;
	uint64_t end = *opened + count;
	uint64_t before = *opened;
	uint64_t progress_ns = nanoclock_now();
	size_t begun = 0;

	while (*opened < end) {
		uint64_t now_ns = nanoclock_now();
		uint64_t under_way = begun - (*opened - (end - count));
		bool is_busy = false;

		while (!is_busy && begun < count && (parallel == 0 || under_way < parallel)) {
			struct client *client = &fleet->clients[first + begun];

			is_busy = !fleet_begin(fleet, client, STR_OF(""));
			begun += !is_busy;
			under_way += !is_busy;
		}
		fleet_turn(fleet, now_ns + (is_busy ? BUSY_NS : NANOSECONDS));
		if (*opened > before)
			progress_ns = now_ns;
		before = *opened;
		if (now_ns - progress_ns > OPEN_STALL_NS)
			failure("%zu of %zu handshakes were not answered", (size_t)(end - *opened),
				count);
	}
}

bool fleet_turn(struct fleet *fleet, uint64_t until_ns)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t now_ns = nanoclock_now();
	uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	struct timespec wait = {
		.tv_sec = (time_t)(wait_ns / NANOSECONDS),
		.tv_nsec = (long)(wait_ns % NANOSECONDS),
	};
	int count = epoll_pwait2(fleet->host.epoll_fd, events, EVENTS_MAX, &wait, NULL);

	if (count < 0 && errno != EINTR)
		failure("epoll_pwait2: %s", strerror(errno));
	for (int i = 0; i < count; i++)
		client_handle(events[i].data.ptr, &fleet->host, events[i].events);
	return count > 0;
}

void fleet_run(struct fleet *fleet, uint64_t until_ns)
{
	while (nanoclock_now() < until_ns)
		fleet_turn(fleet, until_ns);
}
