/* SPDX-License-Identifier: MIT */
/* What all requests share: the configuration, the secret, the databases and the broker's answers.
 * Constant after the start but for what has a lock before it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "common/config.h"
#include "common/control.h"
#include "common/secret.h"
#include "fcgi/hasher.h"
#include "fcgi/history.h"

struct accounts;
struct pool;

struct app {
	const struct config *config; /* borrowed */
	struct secret secret;
	struct pool *history; /* owned; has a lock of its own */
	struct pool *accounts; /* owned; has a lock of its own */
	struct hasher *hasher; /* owned; as well */
	pthread_mutex_t control_lock;
	struct control *control; /* NULL until the broker is asked for the first time */
	pthread_mutex_t rooms_lock;
	char *rooms_json; /* the broker's last answer to "rooms"; NULL when it gave none */
	uint64_t rooms_asked_ms;
};

/* False after it has logged why. */
bool app_start(struct app *app, const struct config *config) __attribute__((warn_unused_result));
void app_finish(struct app *app);
/* The broker's answer to "rooms", at most a second old; NULL when the broker does not answer. The
 * caller owns it. */
struct json *app_ask_rooms(struct app *app) __attribute__((warn_unused_result));
/* Its answer to "members" of a room: the first of them, by name, behind a name that may be empty.
 * The caller owns it. */
struct json *app_ask_members(struct app *app, struct str room, struct str after)
	__attribute__((warn_unused_result));
/* A connection to accounts.db for one request, which gives it back with what came of its use. NULL
 * with the cause, which is logged, when it cannot be read and written. Any thread. */
struct accounts *app_borrow_accounts(struct app *app, enum store_problem *problem_out)
	__attribute__((warn_unused_result));
void app_return_accounts(struct app *app, struct accounts *accounts, enum store_problem problem);
