/* SPDX-License-Identifier: MIT */
/* Level-triggered epoll: what a handler leaves unread is reported again, which is what keeps one
 * busy connection from holding up the others. No edge triggering, which would need a list of who
 * is still readable, and no io_uring: most of a send is the network's work. */
#include "broker/reactor/reactor.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define EVENTS_PER_TURN 512
/* Mail begets mail (a message said becomes a message delivered); past so many rounds the sockets
 * get their turn. */
#define MAIL_ROUNDS_PER_TURN 8

/* The one that runs on this thread: it need not be woken by itself. */
static _Thread_local struct reactor *current;

static void handle_mailbox(struct reactor_io *io, uint32_t events)
{
	struct reactor *reactor = list_entry(io, struct reactor, mailbox_io);

	(void)events;
	mailbox_acknowledge(&reactor->mailbox);
}

bool reactor_init(struct reactor *reactor)
{
	*reactor = (struct reactor){ .epoll_fd = -1, .mailbox.event_fd = -1 };
	list_init(&reactor->tasks);
	reactor->now_ms = clock_monotonic_ms();
	timer_wheel_init(&reactor->timers, reactor->now_ms);
	reactor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (reactor->epoll_fd < 0 || !mailbox_init(&reactor->mailbox))
		return false;
	reactor->mailbox_io.fd = reactor->mailbox.event_fd;
	reactor->mailbox_io.handle = handle_mailbox;
	return reactor_watch(reactor, &reactor->mailbox_io, EPOLLIN);
}

void reactor_finish(struct reactor *reactor)
{
	mailbox_finish(&reactor->mailbox);
	if (reactor->epoll_fd >= 0)
		close(reactor->epoll_fd);
	reactor->epoll_fd = -1;
}

static void run_tasks(struct reactor *reactor)
{
	struct list now;

	list_init(&now);
	list_splice(&now, &reactor->tasks);
	while (!list_is_empty(&now)) {
		struct reactor_task *task = list_entry(now.next, struct reactor_task, link);

		list_remove(&task->link);
		task->run(task);
	}
}

static int turn_timeout_ms(struct reactor *reactor)
{
	if (!list_is_empty(&reactor->tasks) || !mailbox_is_empty(&reactor->mailbox))
		return 0;
	return timer_wheel_timeout_ms(&reactor->timers, reactor->turn_end_us / 1000);
}

/* Returns when the wait was over. */
static uint64_t begin_turn(struct reactor *reactor)
{
	uint64_t now_us = clock_monotonic_us();

	reactor->now_ms = now_us / 1000;
	return now_us;
}

static uint64_t poll_mailbox(struct reactor *reactor, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = reactor->mailbox.event_fd, .events = POLLIN };
	int count = poll(&poll_fd, 1, timeout_ms);
	uint64_t begin_us = begin_turn(reactor);

	if (count > 0)
		mailbox_acknowledge(&reactor->mailbox);
	return begin_us;
}

static uint64_t poll_all(struct reactor *reactor, int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(reactor->epoll_fd, events, EVENTS_PER_TURN, timeout_ms);
	uint64_t begin_us = begin_turn(reactor);

	for (int i = 0; i < count; i++) {
		struct reactor_io *io = events[i].data.ptr;

		if (io->events != 0)
			io->handle(io, events[i].events);
	}
	return begin_us;
}

static void turn(struct reactor *reactor)
{
	int timeout_ms = turn_timeout_ms(reactor);
	uint64_t begin_us = reactor->is_paused ? poll_mailbox(reactor, timeout_ms)
					       : poll_all(reactor, timeout_ms);

	timer_wheel_run(&reactor->timers, reactor->now_ms);
	for (int round = 0; round < MAIL_ROUNDS_PER_TURN; round++) {
		if (!mailbox_drain(&reactor->mailbox))
			break;
	}
	run_tasks(reactor);
	reactor->turn_end_us = clock_monotonic_us();
	if (reactor->note_turn != NULL)
		reactor->note_turn(reactor->note_context, reactor->turn_end_us - begin_us);
}

void reactor_watch_turns(
	struct reactor *reactor, void (*note)(void *context, uint64_t busy_us), void *context)
{
	reactor->note_turn = note;
	reactor->note_context = context;
}

void reactor_run(struct reactor *reactor)
{
	current = reactor;
	reactor->turn_end_us = clock_monotonic_us();
	while (!atomic_load_explicit(&reactor->is_stopping, memory_order_acquire))
		turn(reactor);
}

void reactor_stop(struct reactor *reactor)
{
	uint64_t one = 1;
	ssize_t written;

	atomic_store_explicit(&reactor->is_stopping, true, memory_order_release);
	written = write(reactor->mailbox.event_fd, &one, sizeof(one));
	(void)written;
}

void reactor_post(struct reactor *reactor, struct mail *mail)
{
	mailbox_post(&reactor->mailbox, mail, reactor != current);
}

void reactor_post_all(struct reactor *reactor, struct outbox *outbox)
{
	mailbox_post_all(&reactor->mailbox, outbox, reactor != current);
}

bool reactor_watch(struct reactor *reactor, struct reactor_io *io, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = io };

	if (epoll_ctl(reactor->epoll_fd, EPOLL_CTL_ADD, io->fd, &event) != 0)
		return false;
	io->events = events;
	return true;
}

void reactor_rewatch(struct reactor *reactor, struct reactor_io *io, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = io };

	if (io->events == events)
		return;
	if (epoll_ctl(reactor->epoll_fd, EPOLL_CTL_MOD, io->fd, &event) != 0)
		log_errno("event=epoll_ctl fd=%d", io->fd);
	io->events = events;
}

void reactor_unwatch(struct reactor *reactor, struct reactor_io *io)
{
	if (io->events == 0)
		return;
	if (epoll_ctl(reactor->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL) != 0)
		log_errno("event=epoll_ctl fd=%d", io->fd);
	io->events = 0;
}

void reactor_task_init(struct reactor_task *task, void (*run)(struct reactor_task *task))
{
	list_init(&task->link);
	task->run = run;
}

void reactor_schedule(struct reactor *reactor, struct reactor_task *task)
{
	if (list_is_empty(&task->link))
		list_append(&reactor->tasks, &task->link);
}

void reactor_unschedule(struct reactor_task *task)
{
	list_remove(&task->link);
}

void reactor_arm(struct reactor *reactor, struct timer *timer, uint64_t after_ms)
{
	timer_arm(&reactor->timers, timer, reactor->now_ms + after_ms);
}

void reactor_disarm(struct reactor *reactor, struct timer *timer)
{
	timer_disarm(&reactor->timers, timer);
}
