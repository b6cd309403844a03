/* SPDX-License-Identifier: MIT */
/* What clients say and ask, on its way to the main thread. Each takes a credit of the shard, which
 * comes back when the main thread has dealt with it. What is said goes without a mail where the
 * shard runs on the main thread. */
#include <string.h>

#include "broker/broker.h"
#include "broker/order/request.h"
#include "broker/shard_private.h"
#include "broker/typing.h"
#include "common/base/mem.h"
#include "common/store/page.h"

struct asked_mail {
	struct mail mail;
	struct shard *shard;
	struct conn *conn;
	struct message_change change; /* its text is the first */
	struct page page;
	size_t first_len; /* of the two texts in data */
	size_t second_len;
	char data[];
};

static struct asked_mail *mail_create(struct shard *shard, struct conn *conn, struct str first,
	struct str second, void (*handle)(struct mail *mail))
{
	struct asked_mail *mail = mem_alloc(sizeof(*mail) + first.len + second.len);

	mail->mail.handle = handle;
	mail->shard = shard;
	mail->conn = conn;
	mail->first_len = first.len;
	mail->second_len = second.len;
	if (first.len > 0)
		memcpy(mail->data, first.data, first.len);
	if (second.len > 0)
		memcpy(mail->data + first.len, second.data, second.len);
	return mail;
}

static struct asked_mail *mail_of(struct mail *mail)
{
	return list_entry(mail, struct asked_mail, mail);
}

static struct str first_text(const struct asked_mail *mail)
{
	return str_range(mail->data, mail->first_len);
}

static struct str second_text(const struct asked_mail *mail)
{
	return str_range(mail->data + mail->first_len, mail->second_len);
}

static void post(struct asked_mail *mail)
{
	shard_post_asked(mail->shard, &mail->mail);
}

static void finish(struct asked_mail *mail)
{
	shard_return_credit(mail->shard);
	mem_free(mail);
}

static void handle_said(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	broker_conn_said(
		mail->shard->broker, &mail->conn->channel, first_text(mail), second_text(mail));
	finish(mail);
}

void shard_say(struct shard *shard, struct conn *conn, struct str message, struct str ref)
{
	if (shard_is_here(shard))
		broker_conn_said(shard->broker, &conn->channel, message, ref);
	else
		post(mail_create(shard, conn, message, ref, handle_said));
}

static void handle_typed(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	typing_note(&mail->conn->channel);
	finish(mail);
}

void shard_type(struct shard *shard, struct conn *conn)
{
	post(mail_create(shard, conn, STR_OF(""), STR_OF(""), handle_typed));
}

static void handle_changed(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	mail->change.text = first_text(mail);
	broker_conn_changed(
		mail->shard->broker, &mail->conn->channel, &mail->change, second_text(mail));
	finish(mail);
}

void shard_change(
	struct shard *shard, struct conn *conn, const struct message_change *change, struct str ref)
{
	struct asked_mail *mail;

	if (shard_is_here(shard)) {
		broker_conn_changed(shard->broker, &conn->channel, change, ref);
		return;
	}
	mail = mail_create(shard, conn, change->text, ref, handle_changed);
	mail->change = *change;
	post(mail);
}

static void handle_moderated(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	order_take_frame(mail->shard->broker, &mail->conn->channel, first_text(mail));
	finish(mail);
}

void shard_moderate(struct shard *shard, struct conn *conn, struct str order)
{
	post(mail_create(shard, conn, order, STR_OF(""), handle_moderated));
}

static void handle_asked_members(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	broker_conn_asked_members(&mail->conn->channel, first_text(mail));
	finish(mail);
}

void shard_ask_members(struct shard *shard, struct conn *conn, struct str after)
{
	conn->awaits_answer = true;
	post(mail_create(shard, conn, after, STR_OF(""), handle_asked_members));
}

static void handle_asked_history(struct mail *base)
{
	struct asked_mail *mail = mail_of(base);

	broker_conn_asked_history(mail->shard->broker, &mail->conn->channel, &mail->page);
	finish(mail);
}

void shard_ask_history(struct shard *shard, struct conn *conn, const struct page *page)
{
	struct asked_mail *mail = mail_create(
		shard, conn, STR_OF(""), STR_OF(""), handle_asked_history);

	mail->page = *page;
	conn->awaits_answer = true;
	post(mail);
}
