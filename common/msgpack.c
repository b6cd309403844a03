/* SPDX-License-Identifier: MIT */
/* Reading uses msgpack-c's own tokenizer, the template that its unpacker is made of, with functions
 * that write JSON at once instead of making objects. The unpacker would allocate an array as soon
 * as one is announced, and four bytes can announce 64 GiB. */
#include "common/msgpack.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <msgpack/pack.h>
#include <msgpack/unpack.h>
#include <msgpack/unpack_define.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/utf8.h"

struct decoder {
	struct buf *out;
	size_t values;
	size_t depth; /* of containers that are open */
	bool expects_key[MSGPACK_DEPTH_MAX]; /* of each: it is a map, and a key comes next */
	const char *problem;
};

/* What the tokenizer keeps of a value. */
struct container {
	uint32_t left; /* members that are still to come */
};

#define msgpack_unpack_struct(name) struct decode##name
#define msgpack_unpack_func(type, name) __attribute__((unused)) static type decode##name
#define msgpack_unpack_callback(name) decoder##name
#define msgpack_unpack_object struct container
#define msgpack_unpack_user struct decoder

struct decode_context;

static int fail(struct decoder *decoder, const char *problem)
{
	decoder->problem = problem;
	return -1;
}

static bool is_at_key(const struct decoder *decoder)
{
	return decoder->depth > 0 && decoder->expects_key[decoder->depth - 1];
}

/* Begins a value that is no text. */
static int begin_value(struct decoder *decoder)
{
	if (decoder->values++ >= MSGPACK_VALUES_MAX)
		return fail(decoder, "there are too many values");
	return is_at_key(decoder) ? fail(decoder, "a key is no text") : 0;
}

static struct container decoder_root(struct decoder *decoder)
{
	(void)decoder;
	return (struct container){ 0 };
}

static int write_word(struct decoder *decoder, const char *word)
{
	buf_append_text(decoder->out, word);
	return 0;
}

static int decoder_nil(struct decoder *decoder, struct container *value)
{
	(void)value;
	return begin_value(decoder) < 0 ? -1 : write_word(decoder, "null");
}

static int decoder_true(struct decoder *decoder, struct container *value)
{
	(void)value;
	return begin_value(decoder) < 0 ? -1 : write_word(decoder, "true");
}

static int decoder_false(struct decoder *decoder, struct container *value)
{
	(void)value;
	return begin_value(decoder) < 0 ? -1 : write_word(decoder, "false");
}

static int decoder_uint64(struct decoder *decoder, uint64_t number, struct container *value)
{
	(void)value;
	if (begin_value(decoder) < 0)
		return -1;
	buf_append_format(decoder->out, "%" PRIu64, number);
	return 0;
}

static int decoder_int64(struct decoder *decoder, int64_t number, struct container *value)
{
	(void)value;
	if (begin_value(decoder) < 0)
		return -1;
	buf_append_number(decoder->out, number);
	return 0;
}

#define decoder_uint8 decoder_uint64
#define decoder_uint16 decoder_uint64
#define decoder_uint32 decoder_uint64
#define decoder_int8 decoder_int64
#define decoder_int16 decoder_int64
#define decoder_int32 decoder_int64

/* Writes the shortest text that reads back as the same number, and never one like an integer. */
static int decoder_double(struct decoder *decoder, double number, struct container *value)
{
	char text[32];

	(void)value;
	if (begin_value(decoder) < 0)
		return -1;
	if (!isfinite(number))
		return fail(decoder, "a number is not finite");
	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_append_text(decoder->out, text);
	if (strpbrk(text, ".e") == NULL)
		buf_append_text(decoder->out, ".0");
	return 0;
}

static int decoder_float(struct decoder *decoder, float number, struct container *value)
{
	return decoder_double(decoder, (double)number, value);
}

static int decoder_str(struct decoder *decoder, const char *base, const char *data, unsigned len,
	struct container *value)
{
	struct str text = str_range(data, len);

	(void)base, (void)value;
	if (decoder->values++ >= MSGPACK_VALUES_MAX)
		return fail(decoder, "there are too many values");
	if (!utf8_is_valid(text))
		return fail(decoder, "a text is not valid UTF-8");
	if (is_at_key(decoder) && str_find(text, '\0') < text.len)
		return fail(decoder, "a key has a NUL character");
	json_write_string(decoder->out, text);
	if (is_at_key(decoder)) {
		buf_append_text(decoder->out, ": ");
		decoder->expects_key[decoder->depth - 1] = false;
	}
	return 0;
}

static int decoder_bin(struct decoder *decoder, const char *base, const char *data, unsigned len,
	struct container *value)
{
	(void)base, (void)data, (void)len, (void)value;
	return fail(decoder, "JSON has no bytes");
}

static int decoder_ext(struct decoder *decoder, const char *base, const char *data, unsigned len,
	struct container *value)
{
	(void)base, (void)data, (void)len, (void)value;
	return fail(decoder, "JSON has no extensions");
}

static int begin_container(
	struct decoder *decoder, uint32_t count, bool is_map, struct container *container)
{
	if (begin_value(decoder) < 0)
		return -1;
	if (count > MSGPACK_VALUES_MAX - decoder->values)
		return fail(decoder, "there are too many values");
	if (decoder->depth == MSGPACK_DEPTH_MAX)
		return fail(decoder, "it is nested too deep");
	container->left = count;
	buf_append_char(decoder->out, is_map ? '{' : '[');
	if (count == 0)
		buf_append_char(decoder->out, is_map ? '}' : ']');
	else
		decoder->expects_key[decoder->depth++] = is_map;
	return 0;
}

/* Goes on after one of the container's members. */
static void go_on(struct decoder *decoder, struct container *container, bool is_map)
{
	if (--container->left > 0) {
		buf_append_text(decoder->out, ", ");
		decoder->expects_key[decoder->depth - 1] = is_map;
		return;
	}
	buf_append_char(decoder->out, is_map ? '}' : ']');
	decoder->depth--;
}

static int decoder_array(struct decoder *decoder, unsigned count, struct container *container)
{
	return begin_container(decoder, count, false, container);
}

static int decoder_array_item(
	struct decoder *decoder, struct container *container, struct container item)
{
	(void)item;
	go_on(decoder, container, false);
	return 0;
}

static int decoder_map(struct decoder *decoder, unsigned count, struct container *container)
{
	return begin_container(decoder, count, true, container);
}

static int decoder_map_item(struct decoder *decoder, struct container *container,
	struct container key, struct container item)
{
	(void)key, (void)item;
	go_on(decoder, container, true);
	return 0;
}

#include <msgpack/unpack_template.h>

static const char *find_problem(struct decoder *decoder, struct str bytes)
{
	struct decode_context context;
	size_t used = 0;
	int result;

	if (bytes.len > MSGPACK_BYTES_MAX)
		return "it is too long";
	context.user = *decoder;
	decode_init(&context);
	result = decode_execute(&context, bytes.data, bytes.len, &used);
	if (result < 0)
		return context.user.problem == NULL ? "a byte begins no value"
						    : context.user.problem;
	if (result == 0)
		return "it ends too soon";
	return used < bytes.len ? "something follows it" : NULL;
}

bool msgpack_decode(struct str bytes, struct buf *json_out, const char **problem_out)
{
	struct decoder decoder = { .out = json_out };
	size_t len = json_out->len;

	*problem_out = find_problem(&decoder, bytes);
	if (*problem_out != NULL)
		json_out->len = len;
	return *problem_out == NULL;
}

static int append(void *out, const char *data, size_t len)
{
	buf_append(out, data, len);
	return 0;
}

static msgpack_packer packer_to(struct buf *out)
{
	return (msgpack_packer){ out, append };
}

void msgpack_add_map(struct buf *out, size_t count)
{
	msgpack_packer packer = packer_to(out);

	msgpack_pack_map(&packer, count);
}

void msgpack_add_list(struct buf *out, size_t count)
{
	msgpack_packer packer = packer_to(out);

	msgpack_pack_array(&packer, count);
}

void msgpack_add_text(struct buf *out, struct str text)
{
	msgpack_packer packer = packer_to(out);

	msgpack_pack_str_with_body(&packer, text.data, text.len);
}

static void add_float(struct buf *out, struct str text)
{
	msgpack_packer packer = packer_to(out);
	char *copy = str_dup(text);
	double number = strtod(copy, NULL);

	msgpack_pack_double(&packer, isfinite(number) ? number : copysign(DBL_MAX, number));
	mem_free(copy);
}

/* text is a JSON number. */
static void add_number(struct buf *out, struct str text)
{
	msgpack_packer packer = packer_to(out);
	uint64_t number;

	if (str_to_uint64(text, &number))
		msgpack_pack_uint64(&packer, number);
	else
		add_float(out, text);
}

static void add_scalar(struct buf *out, const struct json *value)
{
	msgpack_packer packer = packer_to(out);
	struct buf printed = { 0 };
	int64_t number;
	bool truth;

	if (value == NULL)
		msgpack_pack_nil(&packer);
	else if (json_get_bool(value, &truth))
		(void)(truth ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
	else if (json_get_integer(value, &number))
		msgpack_pack_int64(&packer, number);
	else {
		json_print(&printed, value);
		add_number(out, buf_str(&printed));
	}
	buf_finish(&printed);
}

static size_t count_members(const struct json *object)
{
	size_t count = 0, position = 0;
	struct str key;
	struct json *member;

	while (json_next(object, &position, &key, &member))
		count++;
	return count;
}

static void add_object(struct buf *out, const struct json *object)
{
	size_t position = 0;
	struct str key;
	struct json *member;

	msgpack_add_map(out, count_members(object));
	while (json_next(object, &position, &key, &member)) {
		msgpack_add_text(out, key);
		msgpack_add_value(out, member);
	}
}

void msgpack_add_value(struct buf *out, const struct json *value)
{
	struct str text;

	if (json_is_object(value)) {
		add_object(out, value);
	} else if (json_is_array(value)) {
		msgpack_add_list(out, json_count(value));
		for (size_t i = 0; i < json_count(value); i++)
			msgpack_add_value(out, json_at(value, i));
	} else if (json_get_string(value, &text)) {
		msgpack_add_text(out, text);
	} else {
		add_scalar(out, value);
	}
}
