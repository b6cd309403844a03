/* SPDX-License-Identifier: MIT */
/* Property: what msgpack_decode takes is JSON that json_check takes; where json_parse takes it,
 * too, it is written as MessagePack that is decoded to the same text again. And JSON that is
 * written as MessagePack is always decoded, to JSON that is written as the same bytes. */
#include "common/json_check.h"
#include "common/msgpack.h"
#include "tests/fuzz/fuzz.h"

static void decode(struct str bytes, struct buf *out)
{
	const char *problem;

	FUZZ_REQUIRE(msgpack_decode(bytes, out, &problem));
}

static struct json *parse(struct str text)
{
	const char *problem;

	return json_parse(text, &problem);
}

/* A mere null has no tree. */
static bool is_null(struct str text)
{
	return str_is(str_trim(text), "null");
}

static void check_decoding(struct str json)
{
	struct json *document = parse(json);
	struct buf bytes = { 0 }, again = { 0 };
	const char *problem;
	size_t members;

	FUZZ_REQUIRE(json_check(json, &members, &problem));
	if (document != NULL) {
		msgpack_add_value(&bytes, document);
		decode(buf_str(&bytes), &again);
		FUZZ_REQUIRE(str_equals(buf_str(&again), json));
	}
	json_destroy(document);
	buf_finish(&bytes);
	buf_finish(&again);
}

static void check_encoding(const struct json *document)
{
	struct buf bytes = { 0 }, json = { 0 }, again = { 0 };
	struct json *decoded;

	msgpack_add_value(&bytes, document);
	decode(buf_str(&bytes), &json);
	decoded = parse(buf_str(&json));
	FUZZ_REQUIRE(decoded != NULL);
	msgpack_add_value(&again, decoded);
	FUZZ_REQUIRE(str_equals(buf_str(&again), buf_str(&bytes)));
	json_destroy(decoded);
	buf_finish(&bytes);
	buf_finish(&json);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = str_range((const char *)data, size);
	struct json *document = is_null(input) ? NULL : parse(input);
	struct buf json = { 0 };
	const char *problem;

	if (msgpack_decode(input, &json, &problem))
		check_decoding(buf_str(&json));
	else
		FUZZ_REQUIRE(json.len == 0 && problem != NULL);
	if (document != NULL)
		check_encoding(document);
	json_destroy(document);
	buf_finish(&json);
	return 0;
}
