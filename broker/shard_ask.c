/* SPDX-License-Identifier: MIT */
/* What clients say and ask, on its way to the main thread. Each takes a credit of the shard, which
 * comes back when the main thread has dealt with it. What is said goes without a mail where the
 * shard runs on the main thread. */
#include "broker/broker.h"
#include "broker/order/request.h"
#include "broker/shard_private.h"
#include "broker/typing.h"
#include "common/base/mem.h"

static void post(struct conn_mail *mail)
{
	shard_post_asked(mail->shard, &mail->mail);
}

static void finish(struct conn_mail *mail)
{
	shard_return_credit(mail->shard);
	mem_free(mail);
}

static void handle_said(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_said(mail->shard->broker, &mail->conn->channel, conn_mail_first(mail),
		conn_mail_second(mail));
	finish(mail);
}

void shard_say(struct shard *shard, struct conn *conn, struct str message, struct str ref)
{
	if (shard_is_here(shard))
		broker_conn_said(shard->broker, &conn->channel, message, ref);
	else
		post(conn_mail_create(shard, conn, message, ref, handle_said));
}

static void handle_typed(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	typing_note(&mail->conn->channel);
	finish(mail);
}

void shard_type(struct shard *shard, struct conn *conn)
{
	post(conn_mail_create(shard, conn, STR_OF(""), STR_OF(""), handle_typed));
}

static void take_idle(struct conn_mail *mail, bool is_idle)
{
	struct channel *channel = &mail->conn->channel;

	if (channel->room != NULL) {
		presence_set_idle(&channel->room->presence, channel, is_idle);
		room_arm_presence(channel->room);
	}
	finish(mail);
}

static void handle_idle(struct mail *base)
{
	take_idle(conn_mail_of(base), true);
}

static void handle_looking(struct mail *base)
{
	take_idle(conn_mail_of(base), false);
}

void shard_set_idle(struct shard *shard, struct conn *conn, bool is_idle)
{
	post(conn_mail_create(
		shard, conn, STR_OF(""), STR_OF(""), is_idle ? handle_idle : handle_looking));
}

static void handle_changed(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	mail->change.text = conn_mail_first(mail);
	broker_conn_changed(
		mail->shard->broker, &mail->conn->channel, &mail->change, conn_mail_second(mail));
	finish(mail);
}

void shard_change(
	struct shard *shard, struct conn *conn, const struct message_change *change, struct str ref)
{
	struct conn_mail *mail;

	if (shard_is_here(shard)) {
		broker_conn_changed(shard->broker, &conn->channel, change, ref);
		return;
	}
	mail = conn_mail_create(shard, conn, change->text, ref, handle_changed);
	mail->change = *change;
	post(mail);
}

static void handle_moderated(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	order_take_frame(mail->shard->broker, &mail->conn->channel, conn_mail_first(mail));
	finish(mail);
}

void shard_moderate(struct shard *shard, struct conn *conn, struct str order)
{
	post(conn_mail_create(shard, conn, order, STR_OF(""), handle_moderated));
}

static void handle_asked_members(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_asked_members(&mail->conn->channel, conn_mail_first(mail));
	finish(mail);
}

void shard_ask_members(struct shard *shard, struct conn *conn, struct str after)
{
	conn->awaits_answer = true;
	post(conn_mail_create(shard, conn, after, STR_OF(""), handle_asked_members));
}

static void handle_asked_history(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_asked_history(mail->shard->broker, &mail->conn->channel, &mail->page);
	finish(mail);
}

void shard_ask_history(struct shard *shard, struct conn *conn, const struct page *page)
{
	struct conn_mail *mail = conn_mail_create(
		shard, conn, STR_OF(""), STR_OF(""), handle_asked_history);

	mail->page = *page;
	conn->awaits_answer = true;
	post(mail);
}
