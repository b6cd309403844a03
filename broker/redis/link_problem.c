/* SPDX-License-Identifier: MIT */
/* A table of Redis' errors: what to tell people, and which errors make a host useless for now.
 * Other errors are logged in Redis' words, without the part that quotes our command, because
 * commands hold passwords and messages. */
#include "broker/redis/link_private.h"
#include "broker/stats.h"
#include "common/base/log.h"

#define SAY_AGAIN_MS 60000

static const struct {
	const char *code;
	const char *sentence;
	bool is_end; /* closes the link: the next connection may be better */
} errors[] = {
	{ "NOAUTH", "it wants a password, which [redis] url or password_file says", true },
	{ "WRONGPASS", "it does not know the user with this password", true },
	{ "LOADING", "it is still loading its data", true },
	{ "MASTERDOWN", "it is a replica that has lost its master", true },
	{ "READONLY", "it is a replica, and takes no writes", true },
	{ "UNBLOCKED", "it has become a replica", true },
	{ "OOM", "its memory (maxmemory) is full, and it takes no writes", false },
	{ "MISCONF", "it cannot save its data, and takes no writes", false },
	{ "NOREPLICAS", "too few of its replicas are there, and it takes no writes", false },
	{ "BUSY", "a script keeps it busy", false },
	{ "MOVED", "it is one of a Redis Cluster, which is not supported", false },
	{ "CROSSSLOT", "it is one of a Redis Cluster, which is not supported", false },
};

/* Redis quotes an unknown command behind these words. */
static struct str without_quotes(struct str text)
{
	static const struct str quotes = STR("with args beginning with");

	for (size_t i = 0; i + quotes.len <= text.len; i++) {
		if (str_starts_with(str_skip(text, i), quotes))
			return str_range(text.data, i);
	}
	return text;
}

static void describe(struct buf *out, const struct link_reply *reply, bool *is_end_out)
{
	*is_end_out = false;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (!str_is(reply->code, errors[i].code))
			continue;
		*is_end_out = errors[i].is_end;
		buf_append_format(out, "%s: %s", errors[i].code, errors[i].sentence);
		return;
	}
	buf_append_str(out, without_quotes(reply->text));
}

bool link_may_say(struct link *link, struct link_said *said, struct str text)
{
	uint64_t now_ms = link->setting.reactor->now_ms;

	if (now_ms < said->again_ms && str_equals(buf_str(&said->text), text))
		return false;
	said->again_ms = now_ms + SAY_AGAIN_MS;
	buf_clear(&said->text);
	buf_append_str(&said->text, text);
	return true;
}

static void log_problem(struct link *link, const struct buf *problem)
{
	struct log_quoted url, sentence;

	if (link_may_say(link, &link->said_error, buf_str(problem)))
		log_warning("event=redis_error url=%s problem=%s",
			log_quote(&url, str_from(link->setting.url->name)),
			log_quote(&sentence, buf_str(problem)));
}

void link_note_error(struct link *link, const struct link_reply *reply)
{
	struct buf problem = { 0 };
	bool is_end;

	if (link->state != LINK_UP || str_is(reply->code, "NOSCRIPT"))
		return;
	stat_add(link->setting.stats, STAT_REDIS_ERRORS, 1);
	describe(&problem, reply, &is_end);
	if (is_end)
		link_fail(link, buf_text(&problem));
	else
		log_problem(link, &problem);
	buf_finish(&problem);
}

void link_fail_reply(struct link *link, const char *command, const struct link_reply *reply)
{
	struct buf problem = { 0 };
	bool is_end;

	buf_append_format(&problem, "%s is refused: ", command);
	describe(&problem, reply, &is_end);
	link_fail(link, buf_text(&problem));
	buf_finish(&problem);
}
