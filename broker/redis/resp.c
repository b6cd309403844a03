/* SPDX-License-Identifier: MIT */
/* The only file that uses hiredis, and only its parser: its connections have no timeouts, resolve
 * names on the caller's thread, and abort the program at a reply that nobody has asked for. */
#include "broker/redis/resp.h"

#include <hiredis/read.h>
#include <string.h>

#include "common/base/mem.h"

/* The memory that the parser keeps between replies. */
#define IDLE_BYTES_MAX (256 * 1024)

struct resp_reader {
	redisReader *parser; /* owned */
	struct link_reply *reply; /* the last one; owned */
	size_t size; /* of the reply that is being read, in bytes */
};

void resp_write(struct buf *out, size_t count, const struct str *words)
{
	buf_append_format(out, "*%zu\r\n", count);
	for (size_t i = 0; i < count; i++) {
		buf_append_char(out, '$');
		buf_append_number(out, (int64_t)words[i].len);
		buf_append_text(out, "\r\n");
		buf_append_str(out, words[i]);
		buf_append_text(out, "\r\n");
	}
}

/* The place of the parser's next value: an element of its array, or a new reply. size is what the
 * value points at, in bytes. NULL beyond the bound; the parser takes that for a lack of memory. */
static struct link_reply *place_of(const redisReadTask *task, size_t size)
{
	struct resp_reader *reader = task->privdata;
	struct link_reply *array = task->parent == NULL ? NULL : task->parent->obj;

	if (array == NULL)
		reader->size = 0;
	reader->size += size;
	if (reader->size > RESP_REPLY_BYTES_MAX)
		return NULL;
	return array == NULL ? mem_new(struct link_reply)
			     : (struct link_reply *)&array->elements[task->idx];
}

static void *create_text(const redisReadTask *task, char *text, size_t len)
{
	struct link_reply *reply = place_of(task, len);

	if (reply == NULL)
		return NULL;
	reply->kind = task->type == REDIS_REPLY_ERROR    ? LINK_ERROR
		      : task->type == REDIS_REPLY_STATUS ? LINK_STATUS
							 : LINK_TEXT;
	reply->text = str_range(mem_strndup(text, len), len);
	if (reply->kind == LINK_ERROR)
		reply->code = str_range(reply->text.data, str_find(reply->text, ' '));
	return reply;
}

static void *create_array(const redisReadTask *task, int count)
{
	size_t size = (size_t)count * sizeof(struct link_reply);
	struct link_reply *reply = place_of(task, size);

	if (reply == NULL)
		return NULL;
	reply->kind = LINK_ARRAY;
	reply->count = (size_t)count;
	reply->elements = mem_alloc_array(reply->count, sizeof(*reply->elements));
	return reply;
}

static void *create_integer(const redisReadTask *task, long long value)
{
	struct link_reply *reply = place_of(task, 0);

	if (reply == NULL)
		return NULL;
	reply->kind = LINK_INTEGER;
	reply->integer = value;
	return reply;
}

static void *create_nil(const redisReadTask *task)
{
	struct link_reply *reply = place_of(task, 0);

	if (reply != NULL)
		reply->kind = LINK_NIL;
	return reply;
}

static void finish_reply(const struct link_reply *reply)
{
	for (size_t i = 0; i < reply->count; i++)
		finish_reply(&reply->elements[i]);
	mem_free((void *)reply->elements);
	mem_free((void *)reply->text.data);
}

/* The parser also calls it for an incomplete reply. */
static void free_reply(void *reply)
{
	if (reply == NULL)
		return;
	finish_reply(reply);
	mem_free(reply);
}

static redisReplyObjectFunctions functions = {
	.createString = create_text,
	.createArray = create_array,
	.createInteger = create_integer,
	.createNil = create_nil,
	.freeObject = free_reply,
};

struct resp_reader *resp_reader_create(void)
{
	struct resp_reader *reader = mem_new(struct resp_reader);

	reader->parser = redisReaderCreateWithFunctions(&functions);
	if (reader->parser == NULL)
		mem_abort();
	reader->parser->privdata = reader;
	reader->parser->maxbuf = IDLE_BYTES_MAX;
	return reader;
}

void resp_reader_destroy(struct resp_reader *reader)
{
	if (reader == NULL)
		return;
	free_reply(reader->reply);
	redisReaderFree(reader->parser);
	mem_free(reader);
}

void resp_reader_feed(struct resp_reader *reader, const char *data, size_t len)
{
	redisReader *parser = reader->parser;

	if (redisReaderFeed(parser, data, len) != REDIS_OK && parser->err == REDIS_ERR_OOM)
		mem_abort();
}

enum resp_result resp_reader_next(
	struct resp_reader *reader, const struct link_reply **reply_out, const char **problem_out)
{
	void *reply = NULL;

	free_reply(reader->reply);
	reader->reply = NULL;
	if (redisReaderGetReply(reader->parser, &reply) != REDIS_OK) {
		*problem_out = reader->parser->err == REDIS_ERR_OOM ? "its answer is too large"
								    : reader->parser->errstr;
		return RESP_BROKEN;
	}
	*reply_out = reader->reply = reply;
	if (reply != NULL)
		return RESP_REPLY;
	if (reader->parser->len - reader->parser->pos <= RESP_REPLY_BYTES_MAX)
		return RESP_NEED_MORE;
	*problem_out = "its answer is too large";
	return RESP_BROKEN;
}
