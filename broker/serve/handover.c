/* SPDX-License-Identifier: MIT */
#include "broker/serve/handover.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

void handover_init(struct handover *handover)
{
	*handover = (struct handover){ .fd = -1 };
}

void handover_finish(struct handover *handover)
{
	if (handover->fd >= 0)
		close(handover->fd);
	handover->fd = -1;
	buf_finish(&handover->line);
}

int handover_open(struct handover *handover)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	/* The kernel rounds it up to a page, the least that there is. */
	if (fcntl(ends[1], F_SETPIPE_SZ, 1) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	handover->fd = ends[1];
	handover->is_broken = false;
	handover->written = 0;
	return ends[0];
}

bool handover_is_free(const struct handover *handover)
{
	return handover->line.len == 0;
}

void handover_take(struct handover *handover, struct str line)
{
	buf_append_str(&handover->line, line);
	buf_append_char(&handover->line, '\n');
}

bool handover_waits(const struct handover *handover)
{
	return handover->fd >= 0 && !handover->is_broken && handover->line.len > 0;
}

static bool is_all_written(const struct handover *handover)
{
	return handover->line.len > 0 && handover->written == handover->line.len;
}

static void let_go(struct handover *handover)
{
	buf_clear(&handover->line);
	handover->written = 0;
}

static void write_more(struct handover *handover)
{
	ssize_t len = write(handover->fd, handover->line.data + handover->written,
		handover->line.len - handover->written);

	if (len > 0)
		handover->written += (size_t)len;
}

bool handover_proceed(struct handover *handover)
{
	struct pollfd end = { .fd = handover->fd, .events = POLLOUT };

	if (poll(&end, 1, 0) <= 0)
		return false;
	handover->is_broken = (end.revents & POLLERR) != 0;
	if (!(end.revents & POLLOUT))
		return false;
	if (is_all_written(handover)) {
		let_go(handover);
		return true;
	}
	write_more(handover);
	return false;
}

bool handover_close(struct handover *handover)
{
	int unread = 0;
	bool is_read = handover->fd >= 0 && is_all_written(handover) &&
		       ioctl(handover->fd, FIONREAD, &unread) == 0 && unread == 0;

	if (handover->fd >= 0)
		close(handover->fd);
	handover->fd = -1;
	handover->written = 0;
	if (is_read)
		let_go(handover);
	return is_read;
}
