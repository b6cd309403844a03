/* SPDX-License-Identifier: MIT */
/* One row a status, or several where its causes differ for people; the sentence is all that a
 * person with curl sees. */
#include "broker/refusal.h"

#include "broker/stream.h"

static const struct {
	int status;
	enum stat_id stat;
	const char *reason;
	const char *headers;
	const char *sentence;
} rows[] = {
	{ 400, STAT_REFUSED_MALFORMED, "Bad Request", "",
		"The request, its Host or the room's name is malformed." },
	{ 401, STAT_REFUSED_LOGIN, "Unauthorized", "", "A login is needed." },
	{ 403, STAT_REFUSED_ORIGIN, "Forbidden", "", "This origin may not connect here." },
	{ 403, STAT_REFUSED_BANNED, "Forbidden", "", "This account is closed." },
	{ 404, STAT_REFUSED_PATH, "Not Found", "", "There is nothing under this address." },
	{ 405, STAT_REFUSED_METHOD, "Method Not Allowed", "Allow: GET\r\n",
		"Only GET is answered here." },
	{ 408, STAT_REFUSED_TIMEOUT, "Request Timeout", "",
		"The request head did not arrive in time." },
	{ 413, STAT_REFUSED_BODY, "Content Too Large", "", "A request here has no body." },
	{ 414, STAT_REFUSED_TARGET_SIZE, "URI Too Long", "", "The address is too long." },
	{ 417, STAT_REFUSED_EXPECTATION, "Expectation Failed", "",
		"No expectations are met here." },
	{ 426, STAT_REFUSED_UPGRADE, "Upgrade Required",
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
		"This address speaks WebSocket, version 13." },
	{ 429, STAT_REFUSED_ADDRESS_LIMIT, "Too Many Requests", "Retry-After: 10\r\n",
		"Too many connections from this address." },
	{ 431, STAT_REFUSED_HEAD_SIZE, "Request Header Fields Too Large", "",
		"The request head is too long." },
	{ 503, STAT_REFUSED_LIMIT, "Service Unavailable", "Retry-After: 5\r\n",
		"The broker is full. Try again in a moment." },
	{ 503, STAT_REFUSED_ACCOUNTS, "Service Unavailable", "Retry-After: 5\r\n",
		"Nobody can say at this moment whose session this is. Try again in a moment." },
	{ 505, STAT_REFUSED_VERSION, "HTTP Version Not Supported", "", "HTTP/1.1 is spoken here." },
};

/* The row of the status and the cause, else the first of the status. */
static size_t find_row(int status, enum stat_id cause)
{
	size_t found = 0;

	for (size_t i = sizeof(rows) / sizeof(rows[0]); i > 0; i--) {
		if (rows[i - 1].status == status && rows[i - 1].stat == cause)
			return i - 1;
		if (rows[i - 1].status == status)
			found = i - 1;
	}
	return found;
}

enum stat_id refusal_stat(int status)
{
	return rows[find_row(status, STAT_KEPT_COUNT)].stat;
}

void refusal_write(int status, enum stat_id cause, struct str allowed_origin, struct buf *out)
{
	size_t row = find_row(status, cause);

	buf_append_format(out,
		"HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
		"%zu\r\n"
		"Cache-Control: no-store\r\nConnection: close%s\r\n%s",
		rows[row].status, rows[row].reason, str_from(rows[row].sentence).len + 1,
		rows[row].status == 426 ? ", Upgrade" : "", /* RFC 9110 7.8 */
		rows[row].headers);
	stream_write_cors(allowed_origin, out);
	buf_append_format(out, "\r\n%s\n", rows[row].sentence);
}
