/* SPDX-License-Identifier: MIT */
/* Client of the broker's control socket, and common's only user of nng. Owns the socket; each
 * request has a context of its own, so that callers on several threads neither wait for nor
 * answer each other. Asking again is the caller's choice: nng's own resending is off, because a
 * request may have been done although its answer was lost. */
#include "common/control.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define CONTROL_ANSWER_MAX \
	((size_t)1 << 20) /* lists end at 64 KiB; room for one message of the largest kind */
#define CONTROL_RECONNECT_MIN_MS 100
#define CONTROL_RECONNECT_MAX_MS 1000

struct control {
	nng_socket socket;
};

struct control *control_create(const char *url)
{
	struct control *control = mem_new(struct control);

	if (nng_req0_open(&control->socket) != 0) {
		mem_free(control);
		return NULL;
	}
	nng_socket_set_size(control->socket, NNG_OPT_RECVMAXSZ, CONTROL_ANSWER_MAX);
	nng_socket_set_ms(control->socket, NNG_OPT_RECONNMINT, CONTROL_RECONNECT_MIN_MS);
	nng_socket_set_ms(control->socket, NNG_OPT_RECONNMAXT, CONTROL_RECONNECT_MAX_MS);
	nng_socket_set_ms(control->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	if (nng_dial(control->socket, url, NULL, NNG_FLAG_NONBLOCK) != 0) {
		control_destroy(control);
		return NULL;
	}
	return control;
}

void control_destroy(struct control *control)
{
	if (control == NULL)
		return;
	nng_close(control->socket);
	mem_free(control);
}

static struct json *answer_read(nng_msg *message)
{
	const char *problem = NULL;
	struct json *answer = json_parse(
		str_range(nng_msg_body(message), nng_msg_len(message)), &problem);

	if (answer != NULL && !json_is_object(answer)) {
		json_destroy(answer);
		answer = NULL;
		problem = "no object";
	}
	if (answer == NULL)
		log_warning("control answer refused: %s", problem);
	return answer;
}

/* The message stays the caller's when this fails. */
static bool request_send(nng_ctx context, nng_aio *aio, nng_msg *message)
{
	nng_aio_set_msg(aio, message);
	nng_ctx_send(context, aio);
	nng_aio_wait(aio);
	return nng_aio_result(aio) == 0;
}

static nng_msg *answer_receive(nng_ctx context, nng_aio *aio)
{
	nng_ctx_recv(context, aio);
	nng_aio_wait(aio);
	return nng_aio_result(aio) == 0 ? nng_aio_get_msg(aio) : NULL;
}

/* How long an exchange may take, and what came of it. */
struct exchange {
	nng_ctx context;
	nng_aio *aio;
	int connect_ms;
	int timeout_ms;
	bool is_sent;
};

/* NULL when no answer came before the deadline. The caller frees it. */
static nng_msg *request_exchange(struct exchange *exchange, struct str request)
{
	uint64_t deadline = clock_monotonic_ms() + (uint64_t)exchange->timeout_ms;
	uint64_t now;
	nng_msg *message;

	if (nng_msg_alloc(&message, 0) != 0)
		return NULL;
	nng_aio_set_timeout(exchange->aio, exchange->connect_ms);
	exchange->is_sent = nng_msg_append(message, request.data, request.len) == 0 &&
			    request_send(exchange->context, exchange->aio, message);
	if (!exchange->is_sent) {
		nng_msg_free(message);
		return NULL;
	}
	now = clock_monotonic_ms();
	nng_aio_set_timeout(exchange->aio, now < deadline ? (nng_duration)(deadline - now) : 0);
	return answer_receive(exchange->context, exchange->aio);
}

struct json *control_ask(struct control *control, struct str request, int connect_ms,
	int timeout_ms, bool *is_sent_out)
{
	struct exchange exchange = { .connect_ms = connect_ms, .timeout_ms = timeout_ms };
	struct json *answer = NULL;
	nng_msg *message;

	*is_sent_out = false;
	if (nng_ctx_open(&exchange.context, control->socket) != 0)
		return NULL;
	if (nng_aio_alloc(&exchange.aio, NULL, NULL) == 0) {
		message = request_exchange(&exchange, request);
		if (message != NULL) {
			answer = answer_read(message);
			nng_msg_free(message);
		}
		nng_aio_free(exchange.aio);
	}
	nng_ctx_close(exchange.context);
	*is_sent_out = exchange.is_sent;
	return answer;
}

struct json *control_request(struct control *control, struct str request, int timeout_ms)
{
	int wait_ms = timeout_ms < 0 ? 0 : timeout_ms;
	bool is_sent;

	return control_ask(control, request, wait_ms, wait_ms, &is_sent);
}
