/* SPDX-License-Identifier: MIT */
/* The answer has no length: it ends when the connection does, and its last event says why. */
#include "broker/stream.h"

#include "common/guest.h"

#define WAIT_SECONDS 25
#define WAIT_SECONDS_MAX 60

static const struct {
	const char *content_type;
	const char *beginning; /* of the first event */
} rows[] = {
	[TRANSPORT_EVENT_STREAM] = { "text/event-stream", "retry: 3000\n" },
	[TRANSPORT_LONG_POLL] = { "application/x-ndjson", "" },
};

void stream_write_cors(struct str allowed_origin, struct buf *out)
{
	if (allowed_origin.len > 0)
		buf_append_format(out,
			"Access-Control-Allow-Origin: %.*s\r\n"
			"Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n",
			STR_ARG(allowed_origin));
}

void stream_write_head(const struct scope *scope, const struct secret *secret, struct buf *out)
{
	enum transport transport = dialect_transport(scope->dialect);

	if (transport == TRANSPORT_WEBSOCKET)
		return;
	buf_append_format(out,
		"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
		"X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n"
		"Connection: close\r\n",
		rows[transport].content_type);
	stream_write_cors(scope->allowed_origin, out);
	if (scope->who.guest_is_new) {
		buf_append_text(out, "Set-Cookie: ");
		guest_write_cookie(&scope->who.user, secret, scope->is_https, out);
		buf_append_text(out, "\r\n");
	}
	buf_append_format(out, "\r\n%s", rows[transport].beginning);
}

uint32_t stream_wait_ms(const struct scope *scope)
{
	uint64_t seconds = WAIT_SECONDS;
	struct str text;

	if (!handshake_query_find(scope->handshake.query, "wait", &text) ||
		!str_to_uint64(text, &seconds))
		seconds = WAIT_SECONDS;
	if (seconds > WAIT_SECONDS_MAX)
		seconds = WAIT_SECONDS_MAX;
	return (uint32_t)seconds * 1000;
}
