/* SPDX-License-Identifier: MIT */
/* Brokers that are connected hear a publication; a broker that connects later reads a key, which
 * lives as long as the newest membership. Until Redis has answered, the flag counts as raised. */
#include "broker/layer/redis/membership_flag.h"

#include "broker/reactor/reactor.h"
#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define KEY "roomwire:added"
/* Thousands of memberships may be renewed together: they raise the flag once in this time. The key
 * lives that much longer. */
#define TELL_MS 1000

struct redis_membership_flag {
	struct reactor *reactor; /* borrowed */
	struct links *links; /* borrowed */
	uint64_t group_expiry_ms;
	uint64_t told_ms; /* when it was last raised here; 0: not since the links came up */
	bool is_raised;
	bool is_asking; /* Redis, and nobody has raised it since */
};

struct redis_membership_flag *redis_membership_flag_create(
	struct reactor *reactor, struct links *links, uint64_t group_expiry_ms)
{
	struct redis_membership_flag *flag = mem_new(struct redis_membership_flag);

	*flag = (struct redis_membership_flag){ .reactor = reactor,
		.links = links,
		.group_expiry_ms = group_expiry_ms,
		.is_raised = true };
	if (!links_subscribe(links, LINK_CHANNEL, STR_OF(KEY)))
		log_error("event=groups_not_subscribed hint=\"too many channels are\"");
	return flag;
}

void redis_membership_flag_destroy(struct redis_membership_flag *flag)
{
	mem_free(flag);
}

static void end_asking(void *context, const struct link_reply *reply)
{
	struct redis_membership_flag *flag = context;

	if (reply != NULL && reply->kind == LINK_TEXT)
		flag->is_raised = true;
	else if (reply != NULL && reply->kind == LINK_NIL && flag->is_asking)
		flag->is_raised = false;
	flag->is_asking = false;
}

void redis_membership_flag_up(struct redis_membership_flag *flag)
{
	flag->told_ms = 0;
	flag->is_raised = true;
	flag->is_asking = link_command(links_at(flag->links, 0),
		&(struct link_handler){ end_asking, flag }, LINK_WORDS(STR_OF("GET"), STR_OF(KEY)));
}

static bool tell(struct redis_membership_flag *flag, struct link *link)
{
	struct buf seconds = { 0 };
	bool is_told;

	buf_append_number(&seconds, (int64_t)((flag->group_expiry_ms + TELL_MS) / 1000 + 1));
	is_told = link_command(links_at(flag->links, 0), NULL,
			  LINK_WORDS(STR_OF("SET"), STR_OF(KEY), STR_OF("1"), STR_OF("EX"),
				  buf_str(&seconds))) &&
		  link_command(link, NULL, LINK_WORDS(STR_OF("PUBLISH"), STR_OF(KEY), STR_OF("1")));
	buf_finish(&seconds);
	return is_told;
}

void redis_membership_flag_raise(struct redis_membership_flag *flag, struct link *link)
{
	if (flag == NULL)
		return;
	redis_membership_flag_hear(flag);
	if (flag->told_ms != 0 && flag->reactor->now_ms - flag->told_ms < TELL_MS)
		return;
	if (tell(flag, link))
		flag->told_ms = flag->reactor->now_ms;
}

void redis_membership_flag_hear(struct redis_membership_flag *flag)
{
	flag->is_raised = true;
	flag->is_asking = false;
}

bool redis_membership_flag_is_raised(const struct redis_membership_flag *flag)
{
	return flag == NULL || flag->is_raised;
}
