/* SPDX-License-Identifier: MIT */
/* Commands that block have a connection of their own, because the other commands would wait behind
 * them. It is opened for the first of them. */
#include <errno.h>
#include <inttypes.h>

#include "broker/redis/link_private.h"

static void take_blocked(void *context, const struct link_reply *reply)
{
	struct link *link = context;
	struct link_handler handler = link->blocked;

	link->is_blocked = false;
	link->wants_unblock = false;
	if (handler.take != NULL)
		handler.take(handler.context, reply);
}

bool link_blocking(struct link *link, const struct link_handler *handler, size_t count,
	const struct str *words)
{
	const struct link_handler nobody = { 0 };
	struct link_pipe *pipe = &link->pipes[LINK_BLOCKING];

	if (!link_is_up(link) || link->is_blocked)
		return false;
	if (!pipe_is_open(pipe) && !link_open_pipe(link, LINK_BLOCKING))
		return false;
	if (!pipe_command(pipe, (struct link_handler){ take_blocked, link }, count, words))
		return false;
	link->blocked = handler == NULL ? nobody : *handler;
	link->is_blocked = true;
	link->blocked_beats = 0;
	return true;
}

static void take_unblocked(void *context, const struct link_reply *reply)
{
	struct link *link = context;

	/* 0: Redis has not started the command yet. */
	if (reply != NULL && reply->kind == LINK_INTEGER && reply->integer == 0 &&
		link->wants_unblock)
		link_unblock(link);
}

void link_unblock(struct link *link)
{
	const struct link_handler handler = { take_unblocked, link };
	struct buf id = { 0 };

	if (!link->is_blocked)
		return;
	link->wants_unblock = true;
	if (link->blocking_id == 0)
		return; /* take_id does it when the greeting is answered */
	buf_append_number(&id, link->blocking_id);
	/* When the queue is full, the command ends by its own timeout. */
	if (!link_command(
		    link, &handler, LINK_WORDS(STR_OF("CLIENT"), STR_OF("UNBLOCK"), buf_str(&id))))
		link->wants_unblock = false;
	buf_finish(&id);
}
