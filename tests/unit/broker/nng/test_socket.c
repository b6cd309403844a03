/* SPDX-License-Identifier: MIT */
/* How many messages of a socket are received in a turn. The test takes nng's place, with a queue
 * without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <sys/epoll.h>

#include "broker/nng/socket.h"

static size_t next_len;
static unsigned received;
static bool pauses;

int __wrap_nng_recvmsg(nng_socket socket, nng_msg **message, int flags);

int __wrap_nng_recvmsg(nng_socket socket, nng_msg **message, int flags)
{
	assert_true(socket.id > 0);
	assert_int_equal(flags, NNG_FLAG_NONBLOCK);
	return nng_msg_alloc(message, next_len);
}

static void receive(struct watched_socket *socket, nng_msg *message)
{
	received++;
	nng_msg_free(message);
	if (pauses)
		watched_socket_pause(socket);
}

static const struct watched_protocol protocol = {
	.open = nng_pair0_open,
	.message_bytes_max = 1000,
	.receive = receive,
};

static unsigned receive_in_a_turn(struct watched_socket *socket, size_t len)
{
	next_len = len;
	received = 0;
	socket->io.handle(&socket->io, EPOLLIN);
	return received;
}

static void turn_ends_after_so_many_messages_or_bytes(void **state)
{
	struct reactor reactor;
	struct watched_socket socket;

	assert_true(reactor_init(&reactor));
	assert_true(watched_socket_open(&socket, &reactor, &protocol));
	assert_int_equal(receive_in_a_turn(&socket, 1), 64);
	assert_int_equal(receive_in_a_turn(&socket, 0), 64);
	assert_int_equal(receive_in_a_turn(&socket, 64 * 1024), 4);
	assert_int_equal(receive_in_a_turn(&socket, 1024 * 1024), 1);
	watched_socket_close(&socket);
	reactor_finish(&reactor);
	(void)state;
}

static void socket_that_pauses_is_left_alone_until_it_is_resumed(void **state)
{
	struct reactor reactor;
	struct watched_socket socket;

	assert_true(reactor_init(&reactor));
	assert_true(watched_socket_open(&socket, &reactor, &protocol));
	pauses = true;
	assert_int_equal(receive_in_a_turn(&socket, 1), 1);
	assert_int_equal(socket.io.events, 0);
	pauses = false;
	watched_socket_resume(&socket);
	watched_socket_resume(&socket);
	assert_int_equal(receive_in_a_turn(&socket, 1), 64);
	watched_socket_pause(&socket);
	watched_socket_close(&socket);
	watched_socket_resume(&socket);
	watched_socket_close(&socket);
	assert_int_equal(socket.io.events, 0);
	reactor_finish(&reactor);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turn_ends_after_so_many_messages_or_bytes),
		cmocka_unit_test(socket_that_pauses_is_left_alone_until_it_is_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
