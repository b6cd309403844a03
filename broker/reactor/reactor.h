/* SPDX-License-Identifier: MIT */
/* One thread's event loop: descriptors, timers, mail and what is put off to the end of a turn. A
 * turn is: events, timers, mail, tasks. Tasks run last because that is what lets a room gather
 * all that came in during a turn into one write a member. All functions but reactor_post and
 * reactor_stop belong to the loop's own thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/reactor/mailbox.h"
#include "broker/reactor/timer.h"
#include "common/base/list.h"

/* A watched descriptor, embedded in its owner. The descriptor stays the owner's. */
struct reactor_io {
	/* events as epoll_wait(2) reports them. Not called any more once it is unwatched, but
	 * looked at while the events of that turn are handled: owners free themselves in a mail or
	 * a task, not before. */
	void (*handle)(struct reactor_io *io, uint32_t events);
	int fd;
	uint32_t events; /* what is watched; 0 when it is not */
};

/* Something to do once at the end of this turn, embedded in its owner. */
struct reactor_task {
	struct list link;
	void (*run)(struct reactor_task *task);
};

struct reactor {
	int epoll_fd;
	struct mailbox mailbox;
	struct reactor_io mailbox_io;
	struct timer_wheel timers;
	struct list tasks;
	uint64_t now_ms; /* monotonic, of this turn's beginning */
	uint64_t turn_end_us; /* of the turn before */
	/* While true no descriptor is served, only mail, timers and tasks: whoever waits for
	 * another thread's credit sets it. */
	bool is_paused;
	atomic_bool is_stopping;
	/* Told at the end of each turn how long it was busy, without the wait; NULL: nobody. */
	void (*note_turn)(void *context, uint64_t busy_us);
	void *note_context; /* borrowed */
};

/* False with errno. */
bool reactor_init(struct reactor *reactor) __attribute__((warn_unused_result));
void reactor_finish(struct reactor *reactor);
/* Who wants to know how long turns take; before the reactor runs. */
void reactor_watch_turns(
	struct reactor *reactor, void (*note)(void *context, uint64_t busy_us), void *context);
/* Turns until reactor_stop. */
void reactor_run(struct reactor *reactor);
/* Any thread. */
void reactor_stop(struct reactor *reactor);
/* Any thread; takes mail. */
void reactor_post(struct reactor *reactor, struct mail *mail);
void reactor_post_all(struct reactor *reactor, struct outbox *outbox);

/* io->fd and io->handle are set. False with errno. */
bool reactor_watch(struct reactor *reactor, struct reactor_io *io, uint32_t events)
	__attribute__((warn_unused_result));
/* Changes what is watched for. */
void reactor_rewatch(struct reactor *reactor, struct reactor_io *io, uint32_t events);
/* Harmless when it is not watched. The descriptor is still open then. */
void reactor_unwatch(struct reactor *reactor, struct reactor_io *io);

void reactor_task_init(struct reactor_task *task, void (*run)(struct reactor_task *task));
/* Harmless when it is scheduled already. A task that schedules itself again runs in the next
 * turn, after a poll. */
void reactor_schedule(struct reactor *reactor, struct reactor_task *task);
void reactor_unschedule(struct reactor_task *task);
void reactor_arm(struct reactor *reactor, struct timer *timer, uint64_t after_ms);
void reactor_disarm(struct reactor *reactor, struct timer *timer);
