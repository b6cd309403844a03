/* SPDX-License-Identifier: MIT */
/* What all requests share: the configuration, the secret, the databases and the broker's answers.
 * Constant after the start, except what follows a lock. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "common/config.h"
#include "common/control.h"
#include "common/secret.h"
#include "common/throttle.h"
#include "fcgi/accounts.h"
#include "fcgi/hasher.h"
#include "fcgi/history.h"
#include "fcgi/slots.h"

struct housekeeping;

struct app {
	const struct config *config; /* borrowed */
	struct secret secret;
	struct history *history; /* owned */
	struct pool *accounts; /* owned; it has its own lock */
	struct hasher *hasher; /* owned; it has its own lock */
	pthread_mutex_t api_keys_lock;
	struct throttle *api_keys; /* owned; how often each may ask */
	/* owned; it has its own lock; bounds the workers that wait for messages of programs */
	struct slots *senders;
	struct housekeeping *housekeeping; /* owned; NULL under plain CGI */
	pthread_mutex_t control_lock;
	struct control *control; /* NULL until the broker is first asked */
	pthread_mutex_t rooms_lock;
	char *rooms_json; /* the broker's last answer to "rooms"; NULL when it gave none */
	uint64_t rooms_asked_ms;
};

/* False after it has logged why. */
bool app_start(struct app *app, const struct config *config) __attribute__((warn_unused_result));
/* Starts the threads that work beside the requests. Do not call it under plain CGI, which has one
 * request. False after it has logged why. */
bool app_start_threads(struct app *app) __attribute__((warn_unused_result));
/* Call it when no request is under way. */
void app_finish(struct app *app);
/* How long a request may wait for the broker. */
#define APP_LIST_MS 300 /* no page is worth a longer wait */
#define APP_SLOT_MS 300 /* for a place among the senders; most are done by then */
#define APP_COMMIT_MS 5000 /* a message that waits for the disk */
/* of these, to connect; a broker that has come back is found within a second */
#define APP_CONNECT_MS 1500

/* Asks the broker; returns its answer, which may be a refusal. NULL when none came in time;
 * *is_sent_out is then false when nobody was there to take the request, and true when it may or may
 * not have been done. The caller owns the answer. */
struct json *app_ask(struct app *app, struct str request, int timeout_ms, bool *is_sent_out)
	__attribute__((warn_unused_result));
/* Counts count requests of a key. Returns 0, or the milliseconds until it may make them. */
int64_t app_throttle_key(struct app *app, int64_t key_id, int64_t count)
	__attribute__((warn_unused_result));
/* The broker's answer to "rooms", with those that are hidden, at most a second old; NULL when the
 * broker does not answer. The caller owns the answer. */
struct json *app_ask_rooms(struct app *app) __attribute__((warn_unused_result));
/* The broker's answer to "members": the first names of a room after a name that may be empty. The
 * caller owns the answer. */
struct json *app_ask_members(struct app *app, struct str room, struct str after)
	__attribute__((warn_unused_result));
/* The broker's answer to "sessions" after a cursor that may be empty: the hashes of sessions with
 * sockets. The caller owns the answer. */
struct json *app_ask_sessions(struct app *app, struct str after)
	__attribute__((warn_unused_result));
