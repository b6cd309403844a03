/* SPDX-License-Identifier: MIT */
/* A head that is accepted has exactly one Host, no line end but CRLF and nothing behind its blank
 * line; all that it hands out lies inside it; and where a head ends does not depend on what
 * follows. */
#include <string.h>
#include <strings.h>

#include "broker/ws/handshake.h"
#include "tests/fuzz/fuzz.h"

static void require_inside(struct str part, struct str head)
{
	if (part.len == 0)
		return;
	FUZZ_REQUIRE(part.data >= head.data);
	FUZZ_REQUIRE(part.data + part.len <= head.data + head.len);
}

static void check_lines(struct str head)
{
	size_t hosts = 0;

	for (size_t i = 0; i < head.len; i++) {
		char before = i > 0 ? head.data[i - 1] : '\0';

		FUZZ_REQUIRE(head.data[i] != '\0');
		FUZZ_REQUIRE((head.data[i] == '\n') == (before == '\r'));
		if (before == '\n' && head.len - i > 5)
			hosts += strncasecmp(head.data + i, "host:", 5) == 0;
	}
	FUZZ_REQUIRE(hosts == 1);
	FUZZ_REQUIRE(str_ends_with(head, STR_OF("\r\n\r\n")));
}

static void check_parts(const struct handshake *handshake, struct str head)
{
	const struct str parts[] = { handshake->path, handshake->query, handshake->host,
		handshake->authority, handshake->origin, handshake->cookie,
		handshake->forwarded_for, handshake->forwarded_proto, handshake->user_agent,
		handshake->key, handshake->version, handshake->last_event_id };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		require_inside(parts[i], head);
	for (size_t i = 0; i < handshake->protocol_count; i++)
		require_inside(handshake->protocols[i], head);
	FUZZ_REQUIRE(handshake->host.len > 0 && handshake->path.data[0] == '/');
}

static void check_answer(const struct handshake *handshake)
{
	char accept[HANDSHAKE_ACCEPT_SIZE];
	struct str value;
	int status = handshake_check_upgrade(handshake);

	FUZZ_REQUIRE(status == 101 || status == 400 || status == 426);
	FUZZ_REQUIRE(status != 101 || handshake->key.len == 24);
	handshake_accept_key(handshake->key, accept);
	FUZZ_REQUIRE(strlen(accept) == HANDSHAKE_ACCEPT_SIZE - 1);
	handshake_offers_protocol(handshake, "roomwire.v1");
	if (handshake_query_find(handshake->query, "after", &value))
		require_inside(value, handshake->query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = str_range((const char *)data, size);
	size_t len = handshake_head_length(bytes);
	struct handshake handshake;

	FUZZ_REQUIRE(len <= size);
	if (len > 0) {
		bytes = str_range(bytes.data, len);
		FUZZ_REQUIRE(handshake_head_length(bytes) == len);
		FUZZ_REQUIRE(handshake_head_length(str_range(bytes.data, len - 1)) == 0);
	}
	if (handshake_parse(bytes, &handshake) != HANDSHAKE_OK)
		return 0;
	FUZZ_REQUIRE(len > 0);
	check_lines(bytes);
	check_parts(&handshake, bytes);
	check_answer(&handshake);
	return 0;
}
