/* SPDX-License-Identifier: MIT */
/* Writes accounts.db for the broker, on a thread of its own with a connection of its own: orders of
 * those who keep order, who owns a new room, and entries of the audit log. Everything is done in
 * the order in which it came. The thread starts with the first of it. Main thread. */
#pragma once

#include "broker/reactor/reactor.h"
#include "common/event.h"
#include "common/store/moderation.h"

/* What waits or is being done; more is refused, and counted as orders_busy. */
#define REGISTRAR_JOBS_MAX 1024

struct config;
struct registrar;
struct stats;

enum registrar_task { REGISTRAR_ORDER, REGISTRAR_ROOM, REGISTRAR_AUDIT };

/* Who is told what has become of an order. */
enum registrar_asker {
	REGISTRAR_NOBODY,
	REGISTRAR_CHANNEL,
	REGISTRAR_REQUEST,
	REGISTRAR_LATER, /* whoever asks by that number (broker/order/edges.h) */
};

/* Something to do. What it borrows lies in the job itself (registrar_keep). */
struct registrar_job {
	struct mail mail; /* private, as kept and registrar */
	struct kept *kept;
	struct registrar *registrar;
	enum registrar_task task;
	bool has_accounts; /* there has been an accounts.db: then a missing one is not made */
	struct order order; /* of REGISTRAR_ORDER */
	struct subject actor; /* order.actor points to it, or is NULL */
	uint64_t target; /* the order is about the author of that message; 0: it is not */
	struct user owner; /* of REGISTRAR_ROOM, with order.room */
	struct audit_row audit; /* of REGISTRAR_AUDIT */
	enum registrar_asker asker;
	uint64_t asker_id;
	struct str ref; /* of the asker */
	/* What has become of it. */
	enum store_problem problem;
	enum moderation_result result;
};

/* The caller owns the result, until registrar_take. */
struct registrar_job *registrar_job_create(enum registrar_task task)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void registrar_job_destroy(struct registrar_job *job);
/* Copies of what the job is to borrow. */
struct str registrar_keep(struct registrar_job *job, struct str text);
const uint8_t *registrar_keep_bytes(struct registrar_job *job, const uint8_t *data, size_t size);

/* tell is called for each job that was taken, when it is done; it borrows the job. reactor, config
 * and stats are the main thread's, and borrowed. The caller owns the result. */
struct registrar *registrar_create(const struct config *config, struct reactor *reactor,
	struct stats *stats, void (*tell)(void *context, const struct registrar_job *job),
	void *context) __attribute__((warn_unused_result));
/* Does what still waits, but waits no more than once for another process that keeps accounts.db:
 * then the rest fails. What it tells comes as mail of the reactor. NULL is fine. */
void registrar_stop(struct registrar *registrar);
/* It is stopped, and its last mails are handled. NULL is fine. */
void registrar_destroy(struct registrar *registrar);
/* Takes job. False when too much waits, the thread cannot be started or the registrar is stopped:
 * then nobody is told. */
bool registrar_take(struct registrar *registrar, struct registrar_job *job)
	__attribute__((warn_unused_result));
