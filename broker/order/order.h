/* SPDX-License-Identifier: MIT */
/* Who may come into a room and who may speak there, by the table of common/moderation.h. What
 * somebody is in a room is asked of accounts.db, or of the broker that has it, when they come; from
 * then on it is remembered (room.h) and kept up to date (follow.h). Main thread. */
#pragma once

#include "broker/answers.h"
#include "common/store/moderation.h"

struct author;
struct broker;
struct channel;
struct closing;
struct event;
struct room;
struct scope;

/* What is known of somebody in a room, and of the room. */
struct order_answer {
	bool is_known; /* else nobody can say now, and the rest is as if nothing was known of them
			*/
	bool is_banned_everywhere; /* not only from the room */
	struct standing standing;
	struct room_row room;
};

/* True: answered. False: the question is under way, and waiter, unless it is NULL, is woken when it
 * is answered. */
bool order_ask(struct broker *broker, struct str room, const struct subject *subject,
	struct answer_waiter *waiter, struct order_answer *answer_out)
	__attribute__((warn_unused_result));
/* What somebody is in an open room, as far as the broker remembers: of who is there already, all
 * that was known of them. For when nobody can say. */
struct standing order_remembered(const struct room *room, const struct subject *subject);
/* Looks for revocations and changes now; call it before order_ask where no newcomer's identity was
 * judged just before. */
void order_refresh(struct broker *broker);
/* Why somebody may not be in the room; NULL: they may. */
const struct closing *order_judge(const struct order_answer *answer);
/* Who is behind a connection that has joined. address keeps the text of its address. */
struct subject order_subject(
	const struct broker *broker, const struct channel *channel, struct buf *address);

/* Call it before a newcomer is let in, of whom another broker may have to be asked: 101, or
 * IDENTITY_LATER (broker/identity.h) while that is under way. */
int order_prepare(struct broker *broker, struct scope *scope);
/* Call it right before a newcomer joins its open room: why it must not, or NULL. Sets the scope's
 * standing. Who cannot be judged now is judged by what is remembered of the room, and again
 * later; where nothing is, nobody comes in. Who was put out between two polls is told by the next
 * one. */
const struct closing *order_admit(struct room *room, struct scope *scope);

/* Why a message is refused. */
struct order_refusal {
	const char *code;
	const char *sentence;
	int64_t retry_after_ms; /* 0: not told */
};

/* Somebody who wants to say something. */
struct order_speaker {
	struct str room;
	const uint8_t *user; /* USER_ID_SIZE bytes */
	struct str ref; /* of the message, or "" */
};

/* False when a message may not be said, edited or withdrawn (action). */
bool order_lets(const struct standing *standing, enum action action,
	struct order_refusal *refusal_out) __attribute__((warn_unused_result));
/* False when the speaker must not, or not yet. */
bool order_lets_speak(const struct broker *broker, const struct standing *standing,
	const struct order_speaker *speaker, struct order_refusal *refusal_out)
	__attribute__((warn_unused_result));
/* Call it with a message that is refused: true when it is looked for, because it may only be sent
 * again. Its author is then told that it was said, or gets LAYER_NOT_SAID and is refused. */
bool order_looks_for(struct broker *broker, struct event *event, const struct author *author)
	__attribute__((warn_unused_result));
/* Call it when the message was taken. */
void order_note_spoken(struct broker *broker, const struct standing *standing,
	const struct order_speaker *speaker);
