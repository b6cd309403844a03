/* SPDX-License-Identifier: MIT */
/* The headers that we read are rows: where their value goes, and what coming twice means. All
 * others only have to be well formed. There is one reading of a head or none: bare line feeds,
 * folded lines, blanks before a colon and bodies are refused and not repaired. The only file that
 * knows nettle. */
#include "broker/ws/handshake.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */
#define KEY_BYTES 16
#define KEY_LEN 24 /* as base64 */
#define VERSION "13"

enum rule {
	RULE_KEEP, /* as a field; of several lines the last */
	RULE_ORIGIN,
	RULE_FORWARDED,
	RULE_FORWARDED_FOR,
	RULE_UPGRADE,
	RULE_CONNECTION,
	RULE_PROTOCOL,
	RULE_EXTENSION,
	RULE_BODY_LENGTH, /* a request here has no body */
	RULE_TRANSFER_ENCODING,
	RULE_EXPECT,
};

#define FIELD(name) offsetof(struct handshake, name)

static const struct row {
	const char *name;
	enum rule rule;
	bool may_repeat;
	size_t field; /* a struct str, of RULE_KEEP */
} rows[] = {
	{ "connection", RULE_CONNECTION, true, 0 },
	{ "content-length", RULE_BODY_LENGTH, false, 0 },
	{ "cookie", RULE_KEEP, false, FIELD(cookie) },
	{ "expect", RULE_EXPECT, false, 0 },
	{ "forwarded", RULE_FORWARDED, true, 0 },
	{ "host", RULE_KEEP, false, FIELD(host) },
	{ "last-event-id", RULE_KEEP, false, FIELD(last_event_id) },
	{ "origin", RULE_ORIGIN, false, 0 },
	{ "sec-websocket-extensions", RULE_EXTENSION, true, 0 },
	{ "sec-websocket-key", RULE_KEEP, false, FIELD(key) },
	{ "sec-websocket-protocol", RULE_PROTOCOL, true, 0 },
	{ "sec-websocket-version", RULE_KEEP, false, FIELD(version) },
	{ "transfer-encoding", RULE_TRANSFER_ENCODING, false, 0 },
	{ "upgrade", RULE_UPGRADE, true, 0 },
	{ "user-agent", RULE_KEEP, true, FIELD(user_agent) },
	{ "x-forwarded-for", RULE_FORWARDED_FOR, true, 0 },
	{ "x-forwarded-proto", RULE_KEEP, false, FIELD(forwarded_proto) },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

size_t handshake_head_length(struct str bytes)
{
	struct str rest = bytes;

	while (rest.len > 0) {
		rest = str_skip(rest, str_find(rest, '\n') + 1);
		if (str_starts_with(rest, STR_OF("\n")))
			return (size_t)(rest.data - bytes.data) + 1;
		if (str_starts_with(rest, STR_OF("\r\n")))
			return (size_t)(rest.data - bytes.data) + 2;
	}
	return 0;
}

static bool is_alphanumeric_or(char c, const char *others)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr(others, c) != NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool handshake_is_token(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_alphanumeric_or(text.data[i], "!#$%&'*+-.^_`|~"))
			return false;
	}
	return text.len > 0;
}

/* Two digits, and not of a NUL: it would end the path for whoever reads it as a C string. */
static bool is_escape(struct str digits)
{
	return digits.len >= 2 && is_hex_digit(digits.data[0]) && is_hex_digit(digits.data[1]) &&
	       !str_starts_with(digits, STR_OF("00"));
}

/* Path and query of RFC 9112 3.2.1, with the four characters that browsers leave as they are. */
static bool is_target(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_alphanumeric_or(text.data[i], "-._~!$&'()*+,;=:@/?%[]^|"))
			return false;
		if (text.data[i] == '%' && !is_escape(str_skip(text, i + 1)))
			return false;
	}
	return true;
}

static bool cut_scheme(struct str *target)
{
	static const struct str schemes[] = { STR("http://"), STR("https://") };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct str rest = str_skip(*target, schemes[i].len);
		struct str begin = str_range(target->data, target->len - rest.len);

		if (!str_equals_ignore_case(begin, schemes[i]))
			continue;
		*target = rest;
		return true;
	}
	return false;
}

/* The absolute form too, as RFC 9112 3.2.2 and RFC 6455 4.2.1 want it. */
static bool parse_target(struct str target, struct handshake *handshake)
{
	bool is_absolute;

	if (!is_target(target))
		return false;
	is_absolute = cut_scheme(&target);
	if (is_absolute) {
		size_t len = str_find(str_range(target.data, str_find(target, '/')), '?');

		handshake->authority = str_range(target.data, len);
		target = str_skip(target, len);
	}
	str_next(&target, '?', &handshake->path);
	handshake->query = target;
	return str_starts_with(handshake->path, STR_OF("/")) &&
	       is_absolute == (handshake->authority.len > 0);
}

/* Cuts a line off *rest. False unless it ends in CRLF and has no control byte but tabs. */
static bool next_line(struct str *rest, struct str *line_out)
{
	size_t end = str_find(*rest, '\r');

	if (!str_starts_with(str_skip(*rest, end), STR_OF("\r\n")))
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

/* RFC 9112 2.3: two digits. */
static int parse_version(struct str version)
{
	struct str digits = str_skip(version, strlen("HTTP/"));

	if (str_is(version, "HTTP/1.1"))
		return HANDSHAKE_OK;
	if (!str_starts_with(version, STR_OF("HTTP/")) || digits.len != strlen("1.1") ||
		!is_digit(digits.data[0]) || digits.data[1] != '.' || !is_digit(digits.data[2]))
		return 400;
	return 505;
}

/* "GET <target> HTTP/1.1", one space each. */
static int parse_request_line(struct str line, struct handshake *handshake)
{
	struct str method, target;
	int status;

	if (!str_next(&line, ' ', &method) || !str_next(&line, ' ', &target))
		return 400;
	if (!handshake_is_token(method) || !parse_target(target, handshake))
		return 400;
	status = parse_version(line);
	if (status != HANDSHAKE_OK)
		return status;
	return str_is(method, "GET") ? HANDSHAKE_OK : 405;
}

static bool list_has(struct str list, const char *token)
{
	struct str item;

	while (str_next(&list, ',', &item)) {
		if (str_equals_ignore_case(str_trim(item), str_from(token)))
			return true;
	}
	return false;
}

/* RFC 6455 4.2.1: what breaks the grammar of 11.3.4, a token or more, is answered with 400. */
static int take_protocols(struct str list, struct handshake *handshake)
{
	struct str rest = list;
	struct str item;
	bool has_token = false;

	if (handshake->protocol_count == HANDSHAKE_PROTOCOL_LINES_MAX)
		return 431;
	while (str_next(&rest, ',', &item)) {
		item = str_trim(item);
		if (item.len > 0 && !handshake_is_token(item))
			return 400;
		has_token |= item.len > 0;
	}
	handshake->protocols[handshake->protocol_count++] = list;
	return has_token ? HANDSHAKE_OK : 400;
}

static int parse_body_length(struct str value)
{
	uint64_t length;

	if (!str_to_uint64(value, &length))
		return 400;
	return length == 0 ? HANDSHAKE_OK : 413;
}

static int take_value(const struct row *row, struct str value, struct handshake *handshake)
{
	switch (row->rule) {
	case RULE_KEEP:
		memcpy((char *)handshake + row->field, &value, sizeof(value));
		return HANDSHAKE_OK;
	case RULE_ORIGIN:
		handshake->origin = value;
		handshake->has_origin = true;
		return HANDSHAKE_OK;
	case RULE_FORWARDED_FOR:
		handshake->forwarded_for = value;
		handshake->is_forwarded = true;
		return HANDSHAKE_OK;
	case RULE_FORWARDED:
		handshake->is_forwarded = true;
		return HANDSHAKE_OK;
	case RULE_UPGRADE:
		handshake->has_upgrade_websocket |= list_has(value, "websocket");
		return HANDSHAKE_OK;
	case RULE_CONNECTION:
		handshake->has_connection_upgrade |= list_has(value, "upgrade");
		return HANDSHAKE_OK;
	case RULE_PROTOCOL:
		return take_protocols(value, handshake);
	case RULE_EXTENSION:
		if (handshake->extension_count == HANDSHAKE_EXTENSION_LINES_MAX)
			return 431;
		handshake->extensions[handshake->extension_count++] = value;
		return HANDSHAKE_OK;
	case RULE_BODY_LENGTH:
		return parse_body_length(value);
	case RULE_TRANSFER_ENCODING:
		return 400;
	case RULE_EXPECT:
		return 417;
	}
	return 400;
}

static const struct row *find_row(struct str name)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (str_equals_ignore_case(name, str_from(rows[i].name)))
			return &rows[i];
	}
	return NULL;
}

/* seen has a flag for each row. */
static int parse_header(struct str line, bool seen[static ROW_COUNT], struct handshake *handshake)
{
	size_t colon = str_find(line, ':');
	struct str name = str_range(line.data, colon);
	const struct row *row;

	/* A name that begins with a blank would be a folded line, one that ends with it is read
	 * as another name by some. */
	if (colon == line.len || !handshake_is_token(name))
		return 400;
	row = find_row(name);
	if (row == NULL)
		return HANDSHAKE_OK;
	if (seen[row - rows] && !row->may_repeat)
		return 400;
	seen[row - rows] = true;
	return take_value(row, str_trim(str_skip(line, colon + 1)), handshake);
}

/* There is a host, and not two. */
static bool host_is_clear(const struct handshake *handshake)
{
	return handshake->host.len > 0 &&
	       (handshake->authority.len == 0 ||
		       str_equals_ignore_case(handshake->authority, handshake->host));
}

/* Through the blank line, which must be the last. */
static int parse_headers(struct str rest, struct handshake *handshake)
{
	bool seen[ROW_COUNT] = { false };
	struct str line;

	for (size_t count = 0; next_line(&rest, &line); count++) {
		int status;

		if (line.len == 0)
			return rest.len == 0 && host_is_clear(handshake) ? HANDSHAKE_OK : 400;
		if (count == HANDSHAKE_HEADERS_MAX)
			return 431;
		status = parse_header(line, seen, handshake);
		if (status != HANDSHAKE_OK)
			return status;
	}
	return 400;
}

int handshake_parse(struct str head, struct handshake *handshake_out)
{
	struct str line;
	int status;

	*handshake_out = (struct handshake){ 0 };
	if (!next_line(&head, &line))
		return 400;
	status = parse_request_line(line, handshake_out);
	return status == HANDSHAKE_OK ? parse_headers(head, handshake_out) : status;
}

static bool key_is_valid(struct str key)
{
	struct base64_decode_ctx context;
	uint8_t decoded[BASE64_DECODE_LENGTH(KEY_LEN)];
	size_t len = sizeof(decoded);

	if (key.len != KEY_LEN)
		return false;
	base64_decode_init(&context);
	return base64_decode_update(&context, &len, decoded, key.len, key.data) &&
	       base64_decode_final(&context) && len == KEY_BYTES;
}

int handshake_check_upgrade(const struct handshake *handshake)
{
	if (!handshake->has_upgrade_websocket || !handshake->has_connection_upgrade)
		return 426;
	if (!str_is(handshake->version, VERSION))
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
	struct str field;

	while (str_next(&query, '&', &field)) {
		struct str value = field;
		struct str field_name = STR("");

		str_next(&value, '=', &field_name);
		if (!str_is(field_name, name))
			continue;
		*value_out = value;
		return true;
	}
	return false;
}

size_t handshake_find_header(struct str head, const char *name, struct str *value_out)
{
	struct str line;
	size_t count = 0;

	while (next_line(&head, &line)) {
		size_t colon = str_find(line, ':');

		if (!str_equals_ignore_case(str_range(line.data, colon), str_from(name)))
			continue;
		*value_out = str_trim(str_skip(line, colon + 1));
		count++;
	}
	return count;
}
