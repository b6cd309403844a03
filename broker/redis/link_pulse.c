/* SPDX-License-Identifier: MIT */
/* Checks each second that both connections of a link are alive: a PING must be answered on one, and
 * a message that we publish to ourselves must come back on the other. The check counts beats, not
 * time: a broker that was stopped for ten seconds has missed one beat, not ten. */
#include "broker/redis/link_private.h"

void link_begin_beats(struct link *link)
{
	link->beats_unanswered = link->beats_unseen = 0;
	reactor_arm(link->setting.reactor, &link->timer, LINK_BEAT_MS);
}

static void take_beat(void *context, const struct link_reply *reply)
{
	if (reply != NULL && reply->kind == LINK_ERROR)
		link_fail_reply(context, "PUBLISH", reply);
}

static void send_beat(struct link *link)
{
	const struct link_handler handler = { take_beat, link };

	link->beats_unanswered++;
	link->beats_unseen++;
	/* When the queue is full, the replies to its commands show that the link is alive. */
	if (link_command(link, NULL, LINK_WORDS(STR_OF("PING"))) &&
		link_command(link, &handler,
			LINK_WORDS(STR_OF("PUBLISH"), link_events(link), buf_str(&link->beat))))
		return;
	link->beats_unseen--;
}

void link_beat(struct link *link)
{
	if (link->beats_unanswered == LINK_BEATS_MAX)
		link_fail(link, "it has answered nothing for three seconds");
	else if (link->beats_unseen == LINK_BEATS_MAX)
		link_fail(link, "what is published does not come back for three seconds");
	else if (link->is_blocked &&
		 ++link->blocked_beats > LINK_BLOCKING_SECONDS_MAX + LINK_BEATS_MAX)
		link_fail(link, "a command that blocks is not answered");
	else
		send_beat(link);
	reactor_arm(link->setting.reactor, &link->timer, LINK_BEAT_MS);
}
