/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <poll.h>

#include "broker/layer/nng/wire_pipes.h"
#include "common/base/mem.h"

#define URL "inproc://test_wire_pipes"
#define DEADLINE_MS 30000

static struct scene {
	struct reactor reactor;
	struct wire_pipes *pipes;
	nng_socket listener;
	nng_socket dialer;
	unsigned changes[WIRE_PIPE_GONE + 1];
} scene;

static void take(struct wire_pipes *pipes, enum wire_pipe_change change, uint32_t pipe,
	const struct caller_address *address)
{
	assert_ptr_equal(pipes, scene.pipes);
	assert_int_not_equal(pipe, 0);
	scene.changes[change]++;
	(void)address;
}

static void begin_with(unsigned count_max)
{
	scene.pipes->count_max = count_max;
	assert_true(wire_pipes_begin(scene.pipes, scene.listener));
	assert_int_equal(nng_listen(scene.listener, URL, NULL, 0), 0);
	assert_int_equal(nng_dial(scene.dialer, URL, NULL, 0), 0);
}

static void wait_for_mail(void)
{
	struct pollfd mail = { .fd = scene.reactor.mailbox.event_fd, .events = POLLIN };

	assert_int_equal(poll(&mail, 1, DEADLINE_MS), 1);
}

static void wait_for(enum wire_pipe_change change)
{
	while (scene.changes[change] == 0) {
		wait_for_mail();
		mailbox_acknowledge(&scene.reactor.mailbox);
		(void)mailbox_drain(&scene.reactor.mailbox);
	}
}

static int set_up(void **state)
{
	scene = (struct scene){ .pipes = mem_new(struct wire_pipes) };
	assert_true(reactor_init(&scene.reactor));
	*scene.pipes = (struct wire_pipes){ .reactor = &scene.reactor, .take = take };
	assert_int_equal(nng_pub0_open(&scene.listener), 0);
	assert_int_equal(nng_sub0_open(&scene.dialer), 0);
	(void)state;
	return 0;
}

static void end_pipes(void)
{
	nng_close(scene.dialer);
	nng_close(scene.listener);
	wire_pipes_end(scene.pipes);
	mem_free(scene.pipes);
	scene.pipes = NULL;
}

static int take_down(void **state)
{
	reactor_finish(&scene.reactor);
	(void)state;
	return 0;
}

static void connection_is_told_of_when_it_comes_and_when_it_goes(void **state)
{
	begin_with(UINT_MAX);
	wait_for(WIRE_PIPE_CAME);
	nng_close(scene.dialer);
	wait_for(WIRE_PIPE_GONE);
	end_pipes();
	(void)state;
}

static void connection_beyond_the_bound_is_refused(void **state)
{
	begin_with(0);
	wait_for(WIRE_PIPE_REFUSED);
	assert_int_equal(scene.changes[WIRE_PIPE_CAME], 0);
	end_pipes();
	(void)state;
}

static void what_is_on_its_way_at_the_end_is_told_to_nobody(void **state)
{
	begin_with(UINT_MAX);
	wait_for_mail();
	end_pipes();
	assert_true(mailbox_drain(&scene.reactor.mailbox));
	assert_int_equal(scene.changes[WIRE_PIPE_CAME], 0);
	(void)state;
}

static void end_before_the_beginning_is_harmless(void **state)
{
	end_pipes();
	(void)state;
}

#define PIPES_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIPES_TEST(connection_is_told_of_when_it_comes_and_when_it_goes),
		PIPES_TEST(connection_beyond_the_bound_is_refused),
		PIPES_TEST(what_is_on_its_way_at_the_end_is_told_to_nobody),
		PIPES_TEST(end_before_the_beginning_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
