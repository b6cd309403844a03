/* SPDX-License-Identifier: MIT */
/* What the main thread and a shard tell each other. Every mail is one struct and two functions:
 * the one that posts it, and under it the one that handles it on the other thread. Pointers to
 * connections and feeds stay good on the way, because only the main thread's last word about them
 * (forget, drop) frees them. What clients say and ask is in shard_ask.c. */
#include <string.h>

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/payload.h"
#include "broker/shard_private.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

/* Messages of a shard that may wait for the main thread before its sockets are left alone; they
 * go on at half. */
#define CREDITS 4096

struct conn_mail *conn_mail_create(struct shard *shard, struct conn *conn, struct str first,
	struct str second, void (*handle)(struct mail *mail))
{
	struct conn_mail *mail = mem_alloc(sizeof(*mail) + first.len + second.len);

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

struct conn_mail *conn_mail_of(struct mail *mail)
{
	return list_entry(mail, struct conn_mail, mail);
}

struct str conn_mail_first(const struct conn_mail *mail)
{
	return str_range(mail->data, mail->first_len);
}

struct str conn_mail_second(const struct conn_mail *mail)
{
	return str_range(mail->data + mail->first_len, mail->second_len);
}

static bool is_on_main(const struct shard *shard)
{
	return shard->reactor != &shard->own_reactor;
}

void shard_post_from_main(struct reactor_task *task)
{
	struct shard *shard = list_entry(task, struct shard, from_main_task);

	reactor_post_all(shard->reactor, &shard->from_main);
}

void shard_post_to_main(struct reactor_task *task)
{
	struct shard *shard = list_entry(task, struct shard, to_main_task);

	reactor_post_all(&shard->broker->reactor, &shard->to_main);
}

bool shard_wind_up(struct shard *shard)
{
	bool has_any;

	shard_drop_all(&shard->goodbye_timer);
	has_any = !outbox_is_empty(&shard->from_main) || !outbox_is_empty(&shard->to_main);
	if (!outbox_is_empty(&shard->from_main))
		shard_post_from_main(&shard->from_main_task);
	if (!outbox_is_empty(&shard->to_main))
		shard_post_to_main(&shard->to_main_task);
	return has_any;
}

/* From the main thread. */
static void post_mail(struct shard *shard, struct mail *mail)
{
	if (is_on_main(shard)) {
		reactor_post(shard->reactor, mail);
		return;
	}
	outbox_add(&shard->from_main, mail);
	reactor_schedule(&shard->broker->reactor, &shard->from_main_task);
}

static void post(struct conn_mail *mail)
{
	post_mail(mail->shard, &mail->mail);
}

/* From the shard. */
static void post_to_main(struct shard *shard, struct mail *mail)
{
	if (is_on_main(shard)) {
		reactor_post(shard->reactor, mail);
		return;
	}
	outbox_add(&shard->to_main, mail);
	reactor_schedule(shard->reactor, &shard->to_main_task);
}

static void handle_open(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	stat_add(&mail->shard->stats, STAT_CONNECTIONS_OPENED, 1);
	conn_open(mail->conn, mail->feed, conn_mail_first(mail), mail->replay,
		conn_mail_second(mail));
	mem_free(mail);
}

void shard_open(struct shard *shard, struct conn *conn, struct feed *feed, struct str greeting,
	struct replay *replay, struct str early_bytes)
{
	struct conn_mail *mail = conn_mail_create(shard, conn, greeting, early_bytes, handle_open);

	mail->feed = feed;
	mail->replay = replay;
	post(mail);
}

bool shard_is_here(struct shard *shard)
{
	return shard->reactor != &shard->own_reactor && mailbox_is_empty(&shard->reactor->mailbox);
}

void shard_deliver_here(struct feed *feed, const struct str frames[static DIALECT_COUNT],
	struct conn *author, struct str author_frames)
{
	if (author != NULL)
		conn_send_frames(author, author_frames);
	feed_append(feed, frames);
}

static void handle_deliver(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);
	struct str frames[DIALECT_COUNT];

	payload_frames(mail->payload, frames);
	shard_deliver_here(mail->feed, frames, mail->conn, conn_mail_first(mail));
	payload_unref(mail->payload);
	mem_free(mail);
}

void shard_deliver(struct shard *shard, struct feed *feed, struct payload *payload,
	struct conn *author, struct str author_frames)
{
	struct conn_mail *mail = conn_mail_create(
		shard, author, author_frames, STR_OF(""), handle_deliver);

	mail->feed = feed;
	mail->payload = payload_ref(payload);
	post(mail);
}

static void handle_reply(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	conn_send_frames(mail->conn, conn_mail_first(mail));
	mem_free(mail);
}

void shard_reply(struct shard *shard, struct conn *conn, struct str frames)
{
	post(conn_mail_create(shard, conn, frames, STR_OF(""), handle_reply));
}

static void handle_error(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	conn_send_error(mail->conn, conn_mail_first(mail));
	mem_free(mail);
}

void shard_send_error(struct shard *shard, struct conn *conn, struct str frames)
{
	post(conn_mail_create(shard, conn, frames, STR_OF(""), handle_error));
}

static void handle_answer(struct mail *base)
{
	conn_mail_of(base)->conn->awaits_answer = false;
	handle_reply(base);
}

void shard_answer(struct shard *shard, struct conn *conn, struct str frames)
{
	post(conn_mail_create(shard, conn, frames, STR_OF(""), handle_answer));
}

static void handle_sent(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	layer_end_errand(mail->errand, mail->result);
	mem_free(mail);
}

static enum layer_result send_unless_full(struct conn *conn, struct str frames)
{
	if (conn->state != CONN_OPEN || conn->is_deaf)
		return LAYER_NO_CHANNEL;
	if (outq_bytes(&conn->outq) > OUTQ_PAUSE_BYTES)
		return LAYER_FULL;
	if (frames.len > 0) /* else its dialect is not told of it */
		conn_send_frames(conn, frames);
	return LAYER_SENT;
}

static void handle_send(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	mail->result = send_unless_full(mail->conn, conn_mail_first(mail));
	if (mail->errand != NULL) {
		mail->mail.handle = handle_sent;
		post_to_main(mail->shard, &mail->mail);
		return;
	}
	if (mail->result == LAYER_FULL)
		stat_add(&mail->shard->stats, STAT_GROUP_MISSED, 1);
	mem_free(mail);
}

void shard_send(
	struct shard *shard, struct conn *conn, struct str frames, struct layer_errand *errand)
{
	struct conn_mail *mail = conn_mail_create(shard, conn, frames, STR_OF(""), handle_send);

	mail->errand = errand;
	post(mail);
}

static void handle_close(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	conn_close_for(mail->conn, mail->closing);
	mem_free(mail);
}

void shard_close_conn(struct shard *shard, struct conn *conn, const struct closing *closing)
{
	struct conn_mail *mail = conn_mail_create(
		shard, conn, STR_OF(""), STR_OF(""), handle_close);

	mail->closing = closing;
	post(mail);
}

static void handle_finished(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_finished(mail->shard->broker, &mail->conn->channel);
	mem_free(mail);
}

static void handle_forget(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	shard_remove_from_flush_list(mail->shard, mail->conn);
	conn_finish(mail->conn);
	mail->mail.handle = handle_finished;
	post_to_main(mail->shard, &mail->mail);
}

void shard_forget(struct shard *shard, struct conn *conn)
{
	post(conn_mail_create(shard, conn, STR_OF(""), STR_OF(""), handle_forget));
}

static void handle_drop_feed(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	feed_destroy(mail->feed);
	mem_free(mail);
}

void shard_drop_feed(struct shard *shard, struct feed *feed)
{
	struct conn_mail *mail = conn_mail_create(
		shard, NULL, STR_OF(""), STR_OF(""), handle_drop_feed);

	mail->feed = feed;
	post(mail);
}

struct goodbye_mail {
	struct mail mail;
	struct shard *shard;
	unsigned spread_seconds;
	unsigned grace_ms;
};

void shard_drop_all(struct timer *timer)
{
	struct shard *shard = list_entry(timer, struct shard, goodbye_timer);

	while (shard->conn_count > 0)
		conn_drop(shard->conns[shard->conn_count - 1]);
}

static void handle_goodbye(struct mail *base)
{
	struct goodbye_mail *mail = list_entry(base, struct goodbye_mail, mail);
	struct buf bye = { 0 };

	for (size_t i = 0; i < mail->shard->conn_count; i++) {
		struct conn *conn = mail->shard->conns[i];
		uint64_t seconds = crypto_random_uint64() % (mail->spread_seconds + 1);

		buf_clear(&bye);
		dialect_bye(conn->dialect, CLOSE_SERVICE_RESTART, (unsigned)seconds, &bye);
		conn_send_frames(conn, buf_str(&bye));
		conn_close_for(conn, &closing_restart);
	}
	reactor_arm(mail->shard->reactor, &mail->shard->goodbye_timer, mail->grace_ms);
	buf_finish(&bye);
	mem_free(mail);
}

void shard_say_goodbye(struct shard *shard, unsigned spread_seconds, unsigned grace_ms)
{
	struct goodbye_mail *mail = mem_new(struct goodbye_mail);

	*mail = (struct goodbye_mail){ { NULL, handle_goodbye }, shard, spread_seconds, grace_ms };
	post_mail(shard, &mail->mail);
}

static void handle_resume(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	mail->shard->reactor->is_paused = false;
	mem_free(mail);
}

void shard_return_credit(struct shard *shard)
{
	unsigned before = atomic_fetch_sub_explicit(&shard->in_flight, 1, memory_order_acq_rel);

	if (before == CREDITS / 2)
		post(conn_mail_create(shard, NULL, STR_OF(""), STR_OF(""), handle_resume));
}

void shard_post_asked(struct shard *shard, struct mail *mail)
{
	atomic_fetch_add_explicit(&shard->in_flight, 1, memory_order_acq_rel);
	post_to_main(shard, mail);
}

bool shard_is_short_of_credit(struct shard *shard)
{
	if (atomic_load_explicit(&shard->in_flight, memory_order_acquire) < CREDITS)
		return false;
	if (!shard->reactor->is_paused)
		stat_add(&shard->stats, STAT_READS_PAUSED, 1);
	shard->reactor->is_paused = true;
	return true;
}

static void handle_left(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_left(mail->shard->broker, &mail->conn->channel, false);
	mem_free(mail);
}

static void handle_left_for_a_moment(struct mail *base)
{
	struct conn_mail *mail = conn_mail_of(base);

	broker_conn_left(mail->shard->broker, &mail->conn->channel, true);
	mem_free(mail);
}

void shard_conn_closed(struct shard *shard, struct conn *conn)
{
	struct conn_mail *mail = conn_mail_create(shard, conn, STR_OF(""), STR_OF(""),
		conn->comes_again ? handle_left_for_a_moment : handle_left);

	stat_add(&shard->stats, STAT_CONNECTIONS_CLOSED, 1);
	post_to_main(shard, &mail->mail);
}
