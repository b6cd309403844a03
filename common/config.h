/* SPDX-License-Identifier: MIT */
/* The configuration of all programs: one INI file, and one table of keys (config_options) that
 * feeds the reader, --help, the manual page's test and the defaults. Read once at start, constant
 * afterwards, shared by all threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/str.h"

/* What a wrong configuration exits with (sysexits.h: EX_CONFIG). */
#define CONFIG_EXIT_STATUS 78

/* One entry of a list: NUL-terminated and owned by the config. */
struct config_list {
	char **items;
	size_t count;
};

/* [routes] PATTERN = ROOM, …; pattern and rooms are as written, checked by the broker. */
struct config_route {
	char *pattern;
	struct config_list rooms;
	int line; /* in the file; 0 from --set */
};

/* All paths are absolute or relative to the working directory; config_load puts paths.state
 * before relative ones. */
struct config {
	char *paths_state;
	char *site_name;
	char *site_base_url; /* "": taken from the request */
	char *site_socket_url; /* "" for same host, /ws/ */
	char *site_mount; /* begins and ends with '/' */
	struct config_list site_allowed_hosts;
	struct config_list site_allowed_origins;
	bool site_stamp_prefix; /* stamp = prefix, else field */
	char *site_language; /* of readers who ask for none of ours */
	char *site_registration; /* "open", "invite" or "closed" */
	bool site_guests;
	/* where accounts.db is: "" (here), "hub", or another broker's control socket */
	char *accounts_broker;
	int64_t accounts_password_kibibytes; /* argon2id's memory */
	int64_t accounts_password_passes;
	char *accounts_remote_user; /* the header in which a web server names users; "": none */
	int64_t sessions_idle_minutes; /* 0: never */
	int64_t sessions_lifetime_minutes; /* 0: never */
	char *tickets_audience;
	int64_t fcgi_threads;
	struct config_list broker_listen; /* "unix:/path", "127.0.0.1:8081", "[::1]:8081", each
					       also behind "proxy:" */
	int64_t broker_threads; /* 0: one per core */
	struct config_list broker_peers; /* nng URLs of other brokers' events sockets */
	struct config_list broker_trusted_proxies;
	bool broker_deflate;
	char *broker_log_level;
	int64_t limits_connections;
	int64_t limits_connections_per_address;
	int64_t limits_message_bytes;
	int64_t limits_messages_per_second;
	int64_t limits_message_burst;
	int64_t limits_handshake_seconds;
	int64_t limits_echo_bytes;
	int64_t limits_backlog_bytes; /* of one room's log that a slow member may leave unread */
	int64_t limits_memory_bytes; /* for all that waits for or comes from connections */
	int64_t limits_idle_ping_seconds;
	int64_t limits_pong_seconds;
	int64_t limits_resume_messages;
	int64_t limits_login_penalty_seconds; /* 0: none */
	int64_t limits_api_requests_per_second; /* of one key; 0: any number */
	int64_t limits_api_request_burst;
	char *history_durability; /* "disk", "process" or "none" */
	int64_t history_keep_messages; /* of a room; 0: all */
	int64_t history_keep_days; /* 0: for ever */
	char *layer_backend; /* "local", "nng" or "redis" */
	char *layer_listen; /* "", or the address where edges find this hub */
	char *layer_hub; /* "", or the address where this edge finds its hub */
	char *layer_key_file; /* "", or the file of the key that they share */
	int64_t layer_capacity; /* messages of a channel */
	int64_t layer_expiry_seconds; /* of a message */
	int64_t layer_group_expiry_seconds; /* of a membership */
	struct config_list redis_url; /* may have passwords: never logged; empty: $REDIS_URL */
	char *redis_password_file; /* "": none */
	char *redis_prefix; /* of the keys of Django's layer */
	char *redis_layout; /* Django's layer: "core", "pubsub" or "none" */
	struct config_list redis_django_types;
	int64_t redis_room_messages; /* of a room, in Redis */
	bool redis_when_away_local; /* when_away = local, else refuse */
	struct config_route *routes;
	size_t route_count;
};

/* CONFIG_ROUTES is for the one row whose key stands for any: [routes] PATTERN. */
enum config_type {
	CONFIG_STRING,
	CONFIG_PATH,
	CONFIG_LIST,
	CONFIG_INTEGER,
	CONFIG_CHOICE,
	CONFIG_ROUTES
};

/* What is wrong with a value (with one item of a LIST), as the end of a sentence that begins with
 * the value; NULL when nothing is. */
typedef const char *config_check_fn(struct str value);

/* A row of the table. section and key as in the file. */
struct config_option {
	const char *section;
	const char *key;
	enum config_type type;
	/* of the field in struct config; of a CHOICE between two, a bool that is true for the
	 * second */
	size_t offset;
	const char *default_value;
	int64_t min, max; /* of an INTEGER */
	const char *unit; /* "seconds", "bytes", …, or NULL */
	const char *choices; /* of a CHOICE: "field prefix" */
	const char *help; /* a sentence */
	config_check_fn *check; /* or NULL: any text */
};

extern const struct config_option config_options[];
extern const size_t config_option_count;

/* The part of the command line that all programs share. Strings are borrowed from argv. */
struct config_arguments {
	const char *file; /* --config FILE; NULL: defaults only */
	const char **settings; /* --set SECTION.KEY=VALUE, in order; owned array (mem_free) */
	size_t setting_count;
};

/* Fills config from the table's defaults, the file and the settings, in that order. False with
 * "FILE:LINE: sentence" (or "--set NAME: sentence") in problem_out; a misspelt key names the
 * nearest known one. */
bool config_load(struct config *config, const struct config_arguments *arguments,
	struct buf *problem_out) __attribute__((warn_unused_result));
/* With [layer] backend = nng: whether this broker is an edge, which has its rooms from a hub, or is
 * the hub. */
bool config_is_edge(const struct config *config);
bool config_is_hub(const struct config *config);
/* All zero is fine. */
void config_finish(struct config *config);
/* The path of a file below the state directory: config_path(config, out, "run/control.ipc").
 * Replaces out's content. */
const char *config_path(const struct config *config, struct buf *out, const char *relative);
/* Every key with its default, unit, range and help, as --help prints them. */
void config_describe(struct buf *out);
