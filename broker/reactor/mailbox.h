/* SPDX-License-Identifier: MIT */
/* Where other threads leave messages for one thread. Posting never blocks and takes no lock: a
 * stack that the owner takes whole and turns round, so that the mails of one sender arrive in
 * their order. Not bounded by itself: who posts on behalf of the network is bounded by credits
 * (broker/shard.h). */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/* Embedded as the first member of every kind of mail. */
struct mail {
	struct mail *next;
	/* Runs on the owner's thread; takes the mail and whatever holds it. */
	void (*handle)(struct mail *mail);
};

struct mailbox {
	_Atomic(struct mail *) newest;
	struct mail *taken; /* the owner's: of the drain that is under way, oldest first */
	int event_fd; /* readable when a sleeping owner has mail; owned */
};

/* Mails of one thread for another that are posted together. All zero is an empty one. */
struct outbox {
	struct mail *newest;
	struct mail *oldest;
};

/* Takes mail. */
void outbox_add(struct outbox *outbox, struct mail *mail);
bool outbox_is_empty(const struct outbox *outbox);
/* False with errno when there is no descriptor left. */
bool mailbox_init(struct mailbox *mailbox) __attribute__((warn_unused_result));
/* Handles what is still there (mails are owned by nobody else). After a failed init it is harmless.
 */
void mailbox_finish(struct mailbox *mailbox);
/* Any thread; takes mail. The owner itself passes wake = false: it looks before it sleeps. */
void mailbox_post(struct mailbox *mailbox, struct mail *mail, bool wake);
/* The same for all mails of an outbox, which is empty then; their order is kept. */
void mailbox_post_all(struct mailbox *mailbox, struct outbox *outbox, bool wake);
/* Owner only: whether no mail waits, behind the one that is handled just now either. */
bool mailbox_is_empty(struct mailbox *mailbox);
/* Owner only: handles all mail that is there now, oldest first. False when there was none. */
bool mailbox_drain(struct mailbox *mailbox);
/* Owner only: after event_fd was readable. */
void mailbox_acknowledge(struct mailbox *mailbox);
