/* SPDX-License-Identifier: MIT */
/* A raw REQ socket, because nng's own keeps one question for each context and resends by itself,
 * while here many are under way and none is sent twice. We write the header: an id with the highest
 * bit set, which comes back with the answer. */
#include "broker/bus/asker_control.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

#include "broker/nng/socket.h"
#include "common/base/mem.h"

#define LAST_OF_STACK UINT32_C(0x80000000) /* nng's mark of the last header */
#define ANSWER_BYTES_MAX (1024 * 1024)

struct control_way {
	struct watched_socket socket;
	struct asker *asker;
};

static nng_msg *message_of(uint32_t id, struct str request)
{
	nng_msg *message;

	if (nng_msg_alloc(&message, 0) != 0)
		return NULL;
	if (nng_msg_header_append_u32(message, LAST_OF_STACK | id) == 0 &&
		nng_msg_append(message, request.data, request.len) == 0)
		return message;
	nng_msg_free(message);
	return NULL;
}

static bool send(void *context, uint32_t id, struct str request)
{
	struct control_way *way = context;
	nng_msg *message = message_of(id, request);

	if (message == NULL)
		return false;
	if (nng_sendmsg(way->socket.socket, message, NNG_FLAG_NONBLOCK) == 0)
		return true;
	nng_msg_free(message);
	return false;
}

static void receive(struct watched_socket *socket, nng_msg *message)
{
	struct control_way *way = list_entry(socket, struct control_way, socket);
	uint32_t id;

	if (nng_msg_header_trim_u32(message, &id) == 0)
		asker_take(way->asker, id & ASKER_ID_MAX, message_text(message));
	nng_msg_free(message);
}

static const struct watched_protocol protocol = {
	.open = nng_req0_open_raw,
	.message_bytes_max = ANSWER_BYTES_MAX,
	.send_queue = ASKER_SENT_MAX,
	.receive_queue = ASKER_SENT_MAX,
	.receive = receive,
};

static void destroy(void *context)
{
	struct control_way *way = context;

	watched_socket_close(&way->socket);
	mem_free(way);
}

struct asker *asker_create_control(struct reactor *reactor, const char *url)
{
	struct control_way *way = mem_new(struct control_way);

	way->asker = asker_create(
		reactor, &(struct asker_way){ .send = send, .destroy = destroy, .context = way });
	if (watched_socket_open(&way->socket, reactor, &protocol) &&
		watched_socket_dial(&way->socket, url))
		return way->asker;
	asker_destroy(way->asker);
	return NULL;
}
