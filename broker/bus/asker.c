/* SPDX-License-Identifier: MIT */
/* A raw REQ socket: nng's own keeps one question a context and asks again by itself, and here many
 * are under way and none is asked twice. The header is ours to write: an id with the highest bit
 * set, which comes back with the answer. */
#include "broker/bus/asker.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

#include "broker/bus/socket.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define LAST_OF_STACK UINT32_C(0x80000000) /* of nng's: no other header is behind this one */
#define ANSWER_BYTES_MAX (1024 * 1024)

struct asker {
	struct bus_socket socket;
	struct list waiting; /* to be sent; oldest first */
	struct list sent; /* to be answered; oldest first */
	size_t waiting_count, sent_count;
	uint32_t last_id;
	struct log_rate failures;
};

static void forget_request(struct inquiry *inquiry)
{
	mem_free(inquiry->request);
	inquiry->request = NULL;
}

static void end(struct inquiry *inquiry)
{
	struct asker *asker = inquiry->asker;

	if (inquiry->request != NULL)
		asker->waiting_count--;
	else
		asker->sent_count--;
	forget_request(inquiry);
	list_remove(&inquiry->link);
	reactor_disarm(asker->socket.reactor, &inquiry->timer);
	inquiry->asker = NULL;
}

static nng_msg *message_of(const struct inquiry *inquiry)
{
	struct str text = str_from(inquiry->request);
	nng_msg *message;

	if (nng_msg_alloc(&message, 0) != 0)
		return NULL;
	if (nng_msg_header_append_u32(message, inquiry->id) == 0 &&
		nng_msg_append(message, text.data, text.len) == 0)
		return message;
	nng_msg_free(message);
	return NULL;
}

/* False when nng takes nothing at this moment: then the time of the question goes by. */
static bool send_one(struct asker *asker, struct inquiry *inquiry)
{
	nng_msg *message = message_of(inquiry);

	if (message == NULL)
		return false;
	if (nng_sendmsg(asker->socket.socket, message, NNG_FLAG_NONBLOCK) != 0) {
		nng_msg_free(message);
		return false;
	}
	forget_request(inquiry);
	list_remove(&inquiry->link);
	list_append(&asker->sent, &inquiry->link);
	asker->waiting_count--;
	asker->sent_count++;
	return true;
}

static void send_some(struct asker *asker)
{
	struct list *oldest;

	while (asker->sent_count < ASKER_SENT_MAX &&
		(oldest = list_first(&asker->waiting)) != NULL) {
		if (!send_one(asker, list_entry(oldest, struct inquiry, link)))
			return;
	}
}

static struct inquiry *find(const struct asker *asker, uint32_t id)
{
	/* Answers come nearly in the order of the questions. */
	list_each (link, &asker->sent) {
		struct inquiry *inquiry = list_entry(link, struct inquiry, link);

		if (inquiry->id == id)
			return inquiry;
	}
	return NULL;
}

static struct json *read_answer(nng_msg *message)
{
	const char *problem;
	struct json *answer = json_parse(bus_message_text(message), &problem);

	if (answer != NULL && json_is_object(answer))
		return answer;
	json_destroy(answer);
	return NULL;
}

/* An answer that nobody waits for any more is dropped. */
static void receive(struct bus_socket *socket, nng_msg *message)
{
	struct asker *asker = list_entry(socket, struct asker, socket);
	struct inquiry *inquiry = NULL;
	struct json *answer;
	uint32_t id;

	if (nng_msg_header_trim_u32(message, &id) == 0)
		inquiry = find(asker, id);
	if (inquiry != NULL) {
		answer = read_answer(message);
		end(inquiry);
		inquiry->tell(inquiry, answer);
		json_destroy(answer);
	}
	nng_msg_free(message);
	send_some(asker);
}

static void expire(struct timer *timer)
{
	struct inquiry *inquiry = list_entry(timer, struct inquiry, timer);
	struct asker *asker = inquiry->asker;
	uint64_t suppressed;

	if (log_rate_admits(&asker->failures, asker->socket.reactor->now_ms, &suppressed))
		log_warning("event=ask_timeout questions=%zu",
			asker->waiting_count + asker->sent_count);
	end(inquiry);
	inquiry->tell(inquiry, NULL);
	send_some(asker);
}

static const struct bus_protocol protocol = {
	.open = nng_req0_open_raw,
	.message_bytes_max = ANSWER_BYTES_MAX,
	.send_queue = ASKER_SENT_MAX,
	.receive_queue = ASKER_SENT_MAX,
	.receive = receive,
};

struct asker *asker_create(struct reactor *reactor, const char *url)
{
	struct asker *asker = mem_new(struct asker);

	list_init(&asker->waiting);
	list_init(&asker->sent);
	if (bus_socket_open(&asker->socket, reactor, &protocol) &&
		bus_socket_dial(&asker->socket, url))
		return asker;
	asker_destroy(asker);
	return NULL;
}

static void withdraw_all(const struct list *list)
{
	list_each_safe (link, list)
		end(list_entry(link, struct inquiry, link));
}

void asker_destroy(struct asker *asker)
{
	if (asker == NULL)
		return;
	withdraw_all(&asker->waiting);
	withdraw_all(&asker->sent);
	bus_socket_close(&asker->socket);
	mem_free(asker);
}

bool asker_ask(struct asker *asker, struct inquiry *inquiry, struct str request)
{
	if (asker->waiting_count + asker->sent_count >= ASKER_QUESTIONS_MAX)
		return false;
	inquiry->asker = asker;
	inquiry->id = LAST_OF_STACK | ++asker->last_id;
	inquiry->request = str_dup(request);
	timer_init(&inquiry->timer, expire);
	list_append(&asker->waiting, &inquiry->link);
	asker->waiting_count++;
	reactor_arm(asker->socket.reactor, &inquiry->timer, ASKER_WAIT_MS);
	send_some(asker);
	return true;
}

void asker_withdraw(struct inquiry *inquiry)
{
	if (inquiry->asker != NULL)
		end(inquiry);
}
