/* SPDX-License-Identifier: MIT */
/* Whether a link that is up is alive is asked both ways: with a PING, and with what we publish for
 * ourselves, which has to come back on the other connection. Beats are counted, not time: whoever
 * was stopped for a while has missed one, not ten. */
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
	/* Where they do not fit any more, what waits for answers shows by itself that it is alive.
	 */
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
