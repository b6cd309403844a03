/* SPDX-License-Identifier: MIT */
/* What all requests share: the configuration, the secret, the databases and the broker's answers.
 * Constant after the start but for what has a lock before it. */
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
	struct pool *accounts; /* owned; has a lock of its own */
	struct hasher *hasher; /* owned; as well */
	pthread_mutex_t api_keys_lock;
	struct throttle *api_keys; /* owned; how often each may ask */
	struct slots *senders; /* owned; as well: workers that wait for messages of programs */
	struct housekeeping *housekeeping; /* owned; NULL under plain CGI */
	pthread_mutex_t control_lock;
	struct control *control; /* NULL until the broker is asked for the first time */
	pthread_mutex_t rooms_lock;
	char *rooms_json; /* the broker's last answer to "rooms"; NULL when it gave none */
	uint64_t rooms_asked_ms;
};

/* False after it has logged why. */
bool app_start(struct app *app, const struct config *config) __attribute__((warn_unused_result));
/* The threads that work beside the requests; not under plain CGI, which has one request. False
 * after it has logged why. */
bool app_start_threads(struct app *app) __attribute__((warn_unused_result));
/* No request is under way. */
void app_finish(struct app *app);
/* How long a request may wait for the broker. */
#define APP_LIST_MS 300 /* no page is worth more */
#define APP_SLOT_MS 300 /* for a place among those who send; most are done by then */
#define APP_COMMIT_MS 5000 /* a message that waits for the disk */
#define APP_CONNECT_MS 1500 /* of these; a broker that has come back is found within a second */

/* The broker's answer to a request, refusals included. NULL when none came in time; is_sent_out is
 * false when nobody was there to take it, and true when whether it was done is not known. The
 * caller owns it. */
struct json *app_ask(struct app *app, struct str request, int timeout_ms, bool *is_sent_out)
	__attribute__((warn_unused_result));
/* Takes count requests of a key's. 0, or the milliseconds until it may make them. */
int64_t app_throttle_key(struct app *app, int64_t key_id, int64_t count)
	__attribute__((warn_unused_result));
/* The broker's answer to "rooms", at most a second old; NULL when the broker does not answer. The
 * caller owns it. */
struct json *app_ask_rooms(struct app *app) __attribute__((warn_unused_result));
/* Its answer to "members" of a room: the first of them, by name, behind a name that may be empty.
 * The caller owns it. */
struct json *app_ask_members(struct app *app, struct str room, struct str after)
	__attribute__((warn_unused_result));
/* Its answer to "sessions" behind a cursor that may be empty: the hashes of those that have
 * sockets. The caller owns it. */
struct json *app_ask_sessions(struct app *app, struct str after)
	__attribute__((warn_unused_result));
