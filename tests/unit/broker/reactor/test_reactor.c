/* SPDX-License-Identifier: MIT */
/* The loop turn by turn: a mail that stops it makes reactor_run return behind exactly one turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/reactor/reactor.h"
#include "common/base/clock.h"

static struct reactor reactor;
static char order[32]; /* what ran, a letter each */
static size_t order_len;

static void note(char letter)
{
	assert_true(order_len + 1 < sizeof(order));
	order[order_len++] = letter;
	order[order_len] = '\0';
}

static void handle_stop(struct mail *mail)
{
	(void)mail;
	reactor_stop(&reactor);
}

static void run_turn(void)
{
	struct mail mail = { .handle = handle_stop };

	reactor_post(&reactor, &mail);
	reactor_run(&reactor);
	reactor.is_stopping = false;
}

struct end {
	struct reactor_io io;
	int other_fd;
	struct end *rival; /* unwatched by the handler */
};

static void handle_end(struct reactor_io *io, uint32_t events)
{
	struct end *end = list_entry(io, struct end, io);

	note(events & EPOLLOUT ? 'o' : 'i');
	if (end->rival != NULL)
		reactor_unwatch(&reactor, &end->rival->io);
}

static void end_open(struct end *end)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*end = (struct end){ .io = { .handle = handle_end, .fd = fds[0] }, .other_fd = fds[1] };
	assert_int_equal(write(end->other_fd, "x", 1), 1);
}

static void end_close(struct end *end)
{
	reactor_unwatch(&reactor, &end->io);
	close(end->io.fd);
	close(end->other_fd);
}

static int reactor_set_up(void **state)
{
	(void)state;
	order_len = 0;
	order[0] = '\0';
	return reactor_init(&reactor) ? 0 : -1;
}

static int reactor_take_down(void **state)
{
	(void)state;
	reactor_finish(&reactor);
	return 0;
}

static void what_is_left_unread_is_reported_again(void **state)
{
	struct end end;

	end_open(&end);
	assert_true(reactor_watch(&reactor, &end.io, EPOLLIN));
	run_turn();
	run_turn();
	assert_string_equal(order, "ii");
	end_close(&end);
	(void)state;
}

static void only_what_is_watched_for_is_reported(void **state)
{
	struct end end;

	end_open(&end);
	assert_true(reactor_watch(&reactor, &end.io, EPOLLOUT));
	run_turn();
	reactor_rewatch(&reactor, &end.io, EPOLLIN);
	run_turn();
	reactor_unwatch(&reactor, &end.io);
	reactor_unwatch(&reactor, &end.io);
	run_turn();
	assert_string_equal(order, "oi");
	end_close(&end);
	(void)state;
}

static void unwatched_descriptor_is_quiet_in_the_same_turn(void **state)
{
	struct end first, second;

	end_open(&first);
	end_open(&second);
	first.rival = &second;
	second.rival = &first;
	assert_true(reactor_watch(&reactor, &first.io, EPOLLIN));
	assert_true(reactor_watch(&reactor, &second.io, EPOLLIN));
	run_turn();
	assert_string_equal(order, "i");
	end_close(&first);
	end_close(&second);
	(void)state;
}

static void watching_a_closed_descriptor_fails(void **state)
{
	struct reactor_io io = { .handle = handle_end, .fd = -1 };

	assert_false(reactor_watch(&reactor, &io, EPOLLIN));
	assert_int_equal(io.events, 0);
	reactor_unwatch(&reactor, &io);
	(void)state;
}

static void handle_mail(struct mail *mail)
{
	(void)mail;
	note('m');
}

static void fire(struct timer *timer)
{
	(void)timer;
	note('t');
}

static void run_task(struct reactor_task *task)
{
	(void)task;
	note('k');
}

static void turn_goes_through_events_timers_mail_and_tasks(void **state)
{
	struct mail mail = { .handle = handle_mail };
	struct reactor_task task;
	struct timer timer;
	struct end end;

	end_open(&end);
	reactor_task_init(&task, run_task);
	timer_init(&timer, fire);
	reactor_schedule(&reactor, &task);
	reactor_schedule(&reactor, &task);
	reactor_post(&reactor, &mail);
	/* As if the wheel had last run long ago, so that something is due at once. */
	reactor.timers.tick -= 2;
	timer_arm(&reactor.timers, &timer, 0);
	assert_true(reactor_watch(&reactor, &end.io, EPOLLIN));
	run_turn();
	assert_string_equal(order, "itmk");
	end_close(&end);
	(void)state;
}

static void run_task_again(struct reactor_task *task)
{
	note('k');
	reactor_schedule(&reactor, task);
}

static void task_that_schedules_itself_runs_once_a_turn(void **state)
{
	struct reactor_task task;

	reactor_task_init(&task, run_task_again);
	reactor_schedule(&reactor, &task);
	run_turn();
	assert_string_equal(order, "k");
	run_turn();
	assert_string_equal(order, "kk");
	reactor_unschedule(&task);
	run_turn();
	assert_string_equal(order, "kk");
	(void)state;
}

static void paused_reactor_serves_mail_and_no_descriptors(void **state)
{
	struct mail mail = { .handle = handle_mail };
	struct end end;

	end_open(&end);
	assert_true(reactor_watch(&reactor, &end.io, EPOLLIN));
	reactor.is_paused = true;
	reactor_post(&reactor, &mail);
	run_turn();
	assert_string_equal(order, "m");
	reactor.is_paused = false;
	run_turn();
	assert_string_equal(order, "mi");
	end_close(&end);
	(void)state;
}

static void handle_last_mail(struct mail *mail)
{
	handle_mail(mail);
	reactor_stop(&reactor);
}

static void *post(void *context)
{
	reactor_post(&reactor, context);
	return NULL;
}

static void mail_of_another_thread_wakes_a_sleeping_reactor(void **state)
{
	struct mail mail = { .handle = handle_last_mail };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, post, &mail), 0);
	/* Nothing else would ever end this. */
	reactor_run(&reactor);
	pthread_join(thread, NULL);
	reactor.is_stopping = false;
	assert_string_equal(order, "m");
	(void)state;
}

static void *stop(void *context)
{
	(void)context;
	reactor_stop(&reactor);
	return NULL;
}

static void another_thread_stops_a_sleeping_reactor(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop, NULL), 0);
	reactor_run(&reactor);
	pthread_join(thread, NULL);
	assert_true(reactor.is_stopping);
	(void)state;
}

#define WAIT_MS 30
#define BUSY_US 2000

static unsigned turns_noted;
static uint64_t last_busy_us;

static void note_turn(void *context, uint64_t busy_us)
{
	assert_ptr_equal(context, order);
	turns_noted++;
	last_busy_us = busy_us;
}

static void be_busy(struct reactor_task *task)
{
	uint64_t begin_us = clock_monotonic_us();

	(void)task;
	while (clock_monotonic_us() - begin_us < BUSY_US)
		;
}

static void stop_later(struct timer *timer)
{
	(void)timer;
	reactor_stop(&reactor);
}

/* Sleeping is no work, what is done in any part of a turn is. */
static void turns_are_measured_without_the_wait(void **state)
{
	struct reactor_task task;
	struct timer timer;

	reactor_task_init(&task, be_busy);
	timer_init(&timer, stop_later);
	turns_noted = 0;
	reactor_watch_turns(&reactor, note_turn, order);
	reactor_schedule(&reactor, &task);
	run_turn();
	assert_int_equal(turns_noted, 1);
	assert_true(last_busy_us >= BUSY_US);
	reactor_arm(&reactor, &timer, WAIT_MS);
	reactor_run(&reactor);
	assert_true(turns_noted > 1);
	assert_true(last_busy_us < WAIT_MS * 1000);
	(void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reactor_set_up, reactor_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_left_unread_is_reported_again),
		TEST(only_what_is_watched_for_is_reported),
		TEST(unwatched_descriptor_is_quiet_in_the_same_turn),
		TEST(watching_a_closed_descriptor_fails),
		TEST(turn_goes_through_events_timers_mail_and_tasks),
		TEST(task_that_schedules_itself_runs_once_a_turn),
		TEST(paused_reactor_serves_mail_and_no_descriptors),
		TEST(mail_of_another_thread_wakes_a_sleeping_reactor),
		TEST(another_thread_stops_a_sleeping_reactor),
		TEST(turns_are_measured_without_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
