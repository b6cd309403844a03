/* SPDX-License-Identifier: MIT */
/* Who is there is told by what is published, who comes later by a key that lives as long as the
 * last membership. Until the key's answer is here somebody may have. */
#include "broker/layer/redis/added.h"

#include "broker/reactor/reactor.h"
#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define KEY "roomwire:added"
/* Not for each of thousands that are renewed. The key lives that much longer. */
#define TELL_MS 1000

struct redis_added {
	struct reactor *reactor; /* borrowed */
	struct links *links; /* borrowed */
	uint64_t group_expiry_ms;
	uint64_t told_ms; /* 0: not since the links are up */
	bool is_any;
	bool is_asking; /* and nobody has said so since then */
};

struct redis_added *redis_added_create(
	struct reactor *reactor, struct links *links, uint64_t group_expiry_ms)
{
	struct redis_added *added = mem_new(struct redis_added);

	*added = (struct redis_added){ .reactor = reactor,
		.links = links,
		.group_expiry_ms = group_expiry_ms,
		.is_any = true };
	if (!links_subscribe(links, LINK_CHANNEL, STR_OF(KEY)))
		log_error("event=groups_not_subscribed hint=\"too many channels are\"");
	return added;
}

void redis_added_destroy(struct redis_added *added)
{
	mem_free(added);
}

static void end_asking(void *context, const struct link_reply *reply)
{
	struct redis_added *added = context;

	if (reply != NULL && reply->kind == LINK_TEXT)
		added->is_any = true;
	else if (reply != NULL && reply->kind == LINK_NIL && added->is_asking)
		added->is_any = false;
	added->is_asking = false;
}

void redis_added_up(struct redis_added *added)
{
	added->told_ms = 0;
	added->is_any = true;
	added->is_asking = link_command(links_at(added->links, 0),
		&(struct link_handler){ end_asking, added },
		LINK_WORDS(STR_OF("GET"), STR_OF(KEY)));
}

static bool tell(struct redis_added *added, struct link *link)
{
	struct buf seconds = { 0 };
	bool is_told;

	buf_append_number(&seconds, (int64_t)((added->group_expiry_ms + TELL_MS) / 1000 + 1));
	is_told = link_command(links_at(added->links, 0), NULL,
			  LINK_WORDS(STR_OF("SET"), STR_OF(KEY), STR_OF("1"), STR_OF("EX"),
				  buf_str(&seconds))) &&
		  link_command(link, NULL, LINK_WORDS(STR_OF("PUBLISH"), STR_OF(KEY), STR_OF("1")));
	buf_finish(&seconds);
	return is_told;
}

void redis_added_note(struct redis_added *added, struct link *link)
{
	if (added == NULL)
		return;
	redis_added_hear(added);
	if (added->told_ms != 0 && added->reactor->now_ms - added->told_ms < TELL_MS)
		return;
	if (tell(added, link))
		added->told_ms = added->reactor->now_ms;
}

void redis_added_hear(struct redis_added *added)
{
	added->is_any = true;
	added->is_asking = false;
}

bool redis_added_any(const struct redis_added *added)
{
	return added == NULL || added->is_any;
}
