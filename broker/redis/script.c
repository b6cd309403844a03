/* SPDX-License-Identifier: MIT */
/* Redis forgets all scripts at a SCRIPT FLUSH, which may come at any time. So each call keeps its
 * words until it is answered, to send them again. */
#include "broker/redis/script.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

#define WORDS_BEFORE 3 /* EVALSHA, the hash, the number of keys */

struct call {
	struct link *link;
	const struct script *script;
	struct link_handler handler;
	size_t count;
	struct str *words; /* owned, with the bytes that they point at */
};

/* Copies the words and their bytes into one allocation. */
static struct str *copy_words(size_t count, const struct str *words)
{
	size_t size = count * sizeof(*words);
	struct str *copy;
	char *bytes;

	for (size_t i = 0; i < count; i++)
		size += words[i].len;
	copy = mem_alloc(size);
	bytes = (char *)(copy + count);
	for (size_t i = 0; i < count; i++) {
		copy[i] = str_range(bytes, words[i].len);
		if (words[i].len > 0)
			memcpy(bytes, words[i].data, words[i].len);
		bytes += words[i].len;
	}
	return copy;
}

static void destroy(struct call *call)
{
	mem_free(call->words);
	mem_free(call);
}

static void take(void *context, const struct link_reply *reply)
{
	struct call *call = context;
	const struct link_handler again = { take, call };

	if (reply != NULL && str_is(reply->code, "NOSCRIPT")) {
		call->words[0] = STR_OF("EVAL");
		call->words[1] = str_from(call->script->text);
		if (link_command(call->link, &again, call->count, call->words))
			return;
	}
	if (call->handler.take != NULL)
		call->handler.take(call->handler.context, reply);
	destroy(call);
}

static struct call *call_create(struct link *link, const struct script *script, size_t key_count,
	size_t count, const struct str *words)
{
	struct call *call = mem_new(struct call);
	struct str *all = mem_alloc_array(count + WORDS_BEFORE, sizeof(*all));
	struct buf keys = { 0 };

	buf_append_number(&keys, (int64_t)key_count);
	all[0] = STR_OF("EVALSHA");
	all[1] = str_range(script->hash, sizeof(script->hash));
	all[2] = buf_str(&keys);
	if (count > 0)
		memcpy(all + WORDS_BEFORE, words, count * sizeof(*words));
	*call = (struct call){ .link = link, .script = script, .count = count + WORDS_BEFORE };
	call->words = copy_words(call->count, all);
	buf_finish(&keys);
	mem_free(all);
	return call;
}

bool script_eval(struct link *link, const struct script *script, const struct link_handler *handler,
	size_t key_count, size_t count, const struct str *words)
{
	struct call *call = call_create(link, script, key_count, count, words);
	const struct link_handler answer = { take, call };

	if (handler != NULL)
		call->handler = *handler;
	if (link_command(link, &answer, call->count, call->words))
		return true;
	destroy(call);
	return false;
}
