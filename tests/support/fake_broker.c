/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_broker.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"

struct fake_broker {
	nng_socket socket;
	pthread_t thread;
	fake_broker_answer_fn *answer;
	void *context;
};

static void check(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, nng_strerror(result));
	abort();
}

static void answer_one(struct fake_broker *broker, nng_msg *message)
{
	const char *problem;
	struct json *request = json_parse(
		str_range(nng_msg_body(message), nng_msg_len(message)), &problem);
	struct buf answer = { 0 };

	broker->answer(broker->context, request, &answer);
	nng_msg_clear(message);
	check(nng_msg_append(message, answer.data, answer.len), "append");
	if (nng_sendmsg(broker->socket, message, 0) != 0)
		nng_msg_free(message);
	buf_finish(&answer);
	json_destroy(request);
}

static void *run(void *context)
{
	struct fake_broker *broker = context;
	nng_msg *message;

	while (nng_recvmsg(broker->socket, &message, 0) == 0)
		answer_one(broker, message);
	return NULL;
}

struct fake_broker *fake_broker_start(const char *url, fake_broker_answer_fn *answer, void *context)
{
	struct fake_broker *broker = mem_new(struct fake_broker);

	broker->answer = answer;
	broker->context = context;
	check(nng_rep0_open(&broker->socket), "open");
	check(nng_listen(broker->socket, url, NULL, 0), url);
	check(pthread_create(&broker->thread, NULL, run, broker), "thread");
	return broker;
}

void fake_broker_stop(struct fake_broker *broker)
{
	if (broker == NULL)
		return;
	nng_close(broker->socket);
	pthread_join(broker->thread, NULL);
	mem_free(broker);
}
