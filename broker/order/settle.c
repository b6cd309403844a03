/* SPDX-License-Identifier: MIT */
#include "broker/order/settle.h"

#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "broker/bus/bus.h"
#include "broker/conn.h"
#include "broker/order/edges.h"
#include "broker/order/request.h"
#include "broker/order/tell.h"

static const struct order_refusal not_written = { "storage",
	"This cannot be kept at this moment, and was not done.", 0 };

static const struct order_refusal is_kept = { "busy",
	"Another program keeps the accounts at this moment. Try it again in a while.", 0 };

static struct order_refusal order_outcome(const struct registrar_job *job)
{
	if (job->problem != STORE_OK)
		return job->problem == STORE_BUSY ? is_kept : not_written;
	return (struct order_refusal){ moderation_result_code(job->result),
		moderation_result_sentence(job->result), 0 };
}

void order_settle(void *context, const struct registrar_job *job)
{
	struct broker *broker = context;
	bool is_done = job->problem == STORE_OK && job->result == MODERATION_DONE;
	struct order_refusal refusal = order_outcome(job);
	struct channel *channel;

	if (is_done && job->task != REGISTRAR_AUDIT)
		order_refresh(broker);
	if (job->asker == REGISTRAR_LATER)
		order_outcomes_note(
			broker->order_outcomes, job->asker_id, is_done ? NULL : &refusal);
	if (job->asker == REGISTRAR_REQUEST)
		bus_tell_order(broker->bus, job->asker_id, is_done ? NULL : &refusal);
	if (job->asker != REGISTRAR_CHANNEL)
		return;
	channel = broker_find_channel(broker, job->asker_id);
	if (channel != NULL)
		order_tell_outcome(channel, is_done ? NULL : &refusal, job->ref);
}

static bool find_user_of_channel(const struct broker *broker, uint64_t id, struct user *user_out)
{
	struct channel *channel = broker_find_channel(broker, id);

	if (channel == NULL || channel->person == NULL || conn_of(channel)->is_guest)
		return false;
	memcpy(user_out->id, channel->person->id, sizeof(user_out->id));
	snprintf(user_out->name, sizeof(user_out->name), "%s", channel->person->name);
	return true;
}

/* The pages do not say who is a guest: nobody is who has an account. */
static bool find_user_of_request(const struct broker *broker, uint64_t id, struct user *user_out)
{
	struct account account;
	bool is_found = false;

	return bus_find_speaker(broker->bus, id, user_out) &&
	       broker->revoker.book.accounts != NULL &&
	       accounts_find_id(broker->revoker.book.accounts, user_out->id, &account, &is_found) ==
		       STORE_OK &&
	       is_found;
}

void order_note_first(struct broker *broker, struct str room, const struct author *author)
{
	struct registrar_job *job;
	struct user owner;
	bool is_known = false;

	if (broker->order.remote == NULL && broker->revoker.book.accounts == NULL)
		return; /* nobody owns anything */
	if (author->kind == AUTHOR_CHANNEL)
		is_known = find_user_of_channel(broker, author->id, &owner);
	else if (author->kind == AUTHOR_REQUEST)
		is_known = find_user_of_request(broker, author->id, &owner);
	if (!is_known)
		return;
	job = registrar_job_create(REGISTRAR_ROOM);
	job->order.room = registrar_keep(job, room);
	job->owner = owner;
	(void)order_give(broker, job);
}

/* The site itself where nobody is named; a page where a request for somebody does not say. */
static void take_deleter(struct broker *broker, const struct author *author, struct user *user,
	struct audit_row *row)
{
	bool is_request = author->kind == AUTHOR_REQUEST;
	bool is_known = is_request ? bus_find_speaker(broker->bus, author->id, user)
				   : author->sender != NULL;
	const char *via = is_request ? bus_find_via(broker->bus, author->id) : "socket";

	if (is_known && !is_request)
		memcpy(user->id, author->sender, sizeof(user->id));
	row->actor = is_known ? user->id : NULL;
	row->via = str_from(via != NULL ? via : is_known ? "page" : "shell");
}

void order_note_deletion(
	struct broker *broker, const struct event *event, const struct author *author)
{
	struct registrar_job *job;
	struct buf subject = { 0 };
	struct user user;
	struct audit_row row = { .time_ms = event->time_ms };

	if (broker->revoker.book.accounts == NULL)
		return;
	take_deleter(broker, author, &user, &row);
	buf_append_format(&subject, "message %llu", (unsigned long long)event->target);
	job = registrar_job_create(REGISTRAR_AUDIT);
	job->audit = row;
	if (row.actor != NULL)
		job->audit.actor = registrar_keep_bytes(job, row.actor, USER_ID_SIZE);
	job->audit.actor_name = registrar_keep(job, event->user);
	job->audit.action = STR_OF("delete");
	job->audit.room = registrar_keep(job, event->room);
	job->audit.subject = registrar_keep(job, buf_str(&subject));
	(void)order_give(broker, job);
	buf_finish(&subject);
}
