/* SPDX-License-Identifier: MIT */
/* Headers that we read are rows: where they go, and whether they may come twice. All others only have to be well formed. */
#include "broker/ws/handshake.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_LEN 24 /* base64 of 16 bytes */

enum repeat { ONCE, LAST, REFUSED_UNLESS_ZERO, REFUSED_BODY, REFUSED_EXPECTATION, PROTOCOL_LINE };

static const struct row {
	const char *name;
	size_t offset; /* of the field */
	enum repeat repeat;
} rows[] = {
	{ "host", offsetof(struct handshake, host), ONCE },
	{ "origin", offsetof(struct handshake, origin), ONCE },
	{ "cookie", offsetof(struct handshake, cookie), ONCE },
	{ "user-agent", offsetof(struct handshake, user_agent), LAST },
	{ "upgrade", offsetof(struct handshake, upgrade), ONCE },
	{ "connection", offsetof(struct handshake, connection), ONCE },
	{ "sec-websocket-key", offsetof(struct handshake, key), ONCE },
	{ "sec-websocket-version", offsetof(struct handshake, version), ONCE },
	{ "sec-websocket-protocol", 0, PROTOCOL_LINE },
	{ "x-forwarded-for", offsetof(struct handshake, forwarded_for), LAST },
	{ "x-forwarded-proto", offsetof(struct handshake, forwarded_proto), ONCE },
	{ "content-length", 0, REFUSED_UNLESS_ZERO },
	{ "transfer-encoding", 0, REFUSED_BODY },
	{ "expect", 0, REFUSED_EXPECTATION },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

size_t handshake_head_length(struct str bytes)
{
	for (size_t i = 0; i + 1 < bytes.len; i++) {
		if (bytes.data[i] != '\n')
			continue;
		if (bytes.data[i + 1] == '\n')
			return i + 2;
		if (i + 2 < bytes.len && bytes.data[i + 1] == '\r' && bytes.data[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* RFC 9110 5.6.2: tchar. */
static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Cuts a line off *rest. False unless it ends in CRLF and has no other control byte than a tab. */
static bool next_line(struct str *rest, struct str *line_out)
{
	size_t end = str_find(*rest, '\r');

	if (end + 1 >= rest->len || rest->data[end + 1] != '\n')
		return false;
	*line_out = str_range(rest->data, end);
	*rest = str_skip(*rest, end + 2);
	for (size_t i = 0; i < line_out->len; i++) {
		unsigned char c = (unsigned char)line_out->data[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Visible ASCII, and every '%' begins an escape that is not of NUL. */
static bool target_is_well_formed(struct str target)
{
	if (target.len == 0 || target.data[0] != '/')
		return false;
	for (size_t i = 0; i < target.len; i++) {
		char c = target.data[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}#", c) != NULL)
			return false;
		if (c != '%')
			continue;
		if (i + 2 >= target.len || !is_hex_digit(target.data[i + 1]) || !is_hex_digit(target.data[i + 2]) ||
			memcmp(target.data + i + 1, "00", 2) == 0)
			return false;
	}
	return true;
}

static int parse_method(struct str method)
{
	if (method.len == 0)
		return 400;
	for (size_t i = 0; i < method.len; i++) {
		if (!is_token_char(method.data[i]))
			return 400;
	}
	return str_is(method, "GET") ? HANDSHAKE_OK : 405;
}

/* "GET <target> HTTP/1.1", one space each. */
static int parse_request_line(struct str line, struct handshake *handshake)
{
	size_t first = str_find(line, ' ');
	struct str method = str_range(line.data, first);
	struct str rest = first < line.len ? str_skip(line, first + 1) : STR_OF("");
	size_t second = str_find(rest, ' ');
	struct str target = str_range(rest.data, second);
	struct str version = second < rest.len ? str_skip(rest, second + 1) : STR_OF("");
	int status = parse_method(method);
	size_t mark;

	if (status == 400 || !target_is_well_formed(target))
		return 400;
	if (!str_is(version, "HTTP/1.1"))
		return str_starts_with(version, STR_OF("HTTP/")) && version.len == 8 ? 505 : 400;
	mark = str_find(target, '?');
	handshake->path = str_range(target.data, mark);
	handshake->query = mark < target.len ? str_skip(target, mark + 1) : STR_OF("");
	return status;
}

static int take_row(const struct row *row, struct str value, bool is_repeated, struct handshake *handshake)
{
	switch (row->repeat) {
	case ONCE:
		if (is_repeated)
			return 400;
		break;
	case LAST:
		break;
	case REFUSED_UNLESS_ZERO:
		return is_repeated ? 400 : str_is(value, "0") ? HANDSHAKE_OK : 413;
	case REFUSED_BODY:
		return 400;
	case REFUSED_EXPECTATION:
		return 417;
	case PROTOCOL_LINE:
		if (handshake->protocol_count == HANDSHAKE_PROTOCOL_LINES_MAX)
			return 400;
		handshake->protocols[handshake->protocol_count++] = value;
		return HANDSHAKE_OK;
	}
	memcpy((char *)handshake + row->offset, &value, sizeof(value));
	return HANDSHAKE_OK;
}

/* seen has one flag a row. */
static int parse_header(struct str line, bool *seen, struct handshake *handshake)
{
	size_t colon = str_find(line, ':');
	struct str name = str_range(line.data, colon);

	if (colon == 0 || colon == line.len)
		return 400;
	for (size_t i = 0; i < name.len; i++) {
		if (!is_token_char(name.data[i]))
			return 400; /* a blank too: it begins a folded line, or stands before the colon */
	}
	for (size_t i = 0; i < ROW_COUNT; i++) {
		bool is_repeated = seen[i];

		if (!str_equals_ignore_case(name, str_from(rows[i].name)))
			continue;
		seen[i] = true;
		return take_row(&rows[i], str_trim(str_skip(line, colon + 1)), is_repeated, handshake);
	}
	return HANDSHAKE_OK;
}

int handshake_parse(struct str head, struct handshake *handshake_out)
{
	bool seen[ROW_COUNT] = { false };
	struct str rest = head;
	struct str line;
	int status;

	*handshake_out = (struct handshake){ 0 };
	if (!next_line(&rest, &line))
		return 400;
	status = parse_request_line(line, handshake_out);
	for (size_t count = 0; status == HANDSHAKE_OK || status == 405; count++) {
		int header_status;

		if (!next_line(&rest, &line))
			return 400;
		if (line.len == 0)
			break;
		if (count == HANDSHAKE_HEADERS_MAX)
			return 431;
		header_status = parse_header(line, seen, handshake_out);
		if (header_status != HANDSHAKE_OK)
			return header_status;
	}
	handshake_out->has_origin = handshake_out->origin.data != NULL;
	if (status == HANDSHAKE_OK && handshake_out->host.len == 0)
		return 400;
	return status;
}

static bool list_has_token(struct str list, const char *token)
{
	struct str item;

	while (str_next(&list, ',', &item)) {
		if (str_equals_ignore_case(str_trim(item), str_from(token)))
			return true;
	}
	return false;
}

static bool key_is_valid(struct str key)
{
	struct base64_decode_ctx context;
	uint8_t decoded[BASE64_DECODE_LENGTH(KEY_LEN)];
	size_t len = sizeof(decoded);

	if (key.len != KEY_LEN)
		return false;
	base64_decode_init(&context);
	return base64_decode_update(&context, &len, decoded, key.len, key.data) == 1 &&
		base64_decode_final(&context) == 1 && len == 16;
}

int handshake_check_upgrade(const struct handshake *handshake)
{
	if (!list_has_token(handshake->upgrade, "websocket") || !list_has_token(handshake->connection, "upgrade"))
		return 426;
	if (!str_is(handshake->version, "13"))
		return 426;
	return key_is_valid(handshake->key) ? 101 : 400;
}

bool handshake_offers_protocol(const struct handshake *handshake, const char *name)
{
	for (size_t i = 0; i < handshake->protocol_count; i++) {
		struct str list = handshake->protocols[i];
		struct str item;

		while (str_next(&list, ',', &item)) {
			if (str_is(str_trim(item), name))
				return true;
		}
	}
	return false;
}

void handshake_accept_key(struct str key, char out[static HANDSHAKE_ACCEPT_SIZE])
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx context;

	sha1_init(&context);
	sha1_update(&context, key.len, (const uint8_t *)key.data);
	sha1_update(&context, strlen(ACCEPT_GUID), (const uint8_t *)ACCEPT_GUID);
	sha1_digest(&context, sizeof(digest), digest);
	base64_encode_raw(out, sizeof(digest), digest);
	out[HANDSHAKE_ACCEPT_SIZE - 1] = '\0';
}

bool handshake_query_find(struct str query, const char *name, struct str *value_out)
{
	struct str pair;

	while (str_next(&query, '&', &pair)) {
		size_t equals = str_find(pair, '=');

		if (!str_is(str_range(pair.data, equals), name))
			continue;
		*value_out = equals < pair.len ? str_skip(pair, equals + 1) : STR_OF("");
		return true;
	}
	return false;
}
