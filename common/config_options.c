/* SPDX-License-Identifier: MIT */
/* The table of all keys, from which the reader, the defaults, --help and the test of the manual
 * pages work. A new key is a row here and a field in struct config. Sections stand together, in the
 * order of the manual. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/config.h"
#include "common/config_check.h"

#define KEY(section_name, key_name)                 \
	.section = #section_name, .key = #key_name, \
	.offset = offsetof(struct config, section_name##_##key_name)

const struct config_option config_options[] = {
	{ KEY(paths, state), .type = CONFIG_PATH, .default_value = "state",
		.check = config_check_path,
		.help = "The folder of sockets, logs, databases and the key." },
	{ KEY(site, name), .type = CONFIG_STRING, .default_value = "Roomwire",
		.help = "What pages and announcements call the site." },
	{ KEY(site, base_url), .type = CONFIG_STRING, .default_value = "",
		.check = config_check_base_url,
		.help = "Scheme and host of links; empty: as the request says." },
	{ KEY(site, socket_url), .type = CONFIG_STRING, .default_value = "",
		.check = config_check_socket_url,
		.help = "Where pages connect to, on their own host; empty: /ws/ of it." },
	{ KEY(site, mount), .type = CONFIG_STRING, .default_value = "/chat/",
		.check = config_check_mount, .help = "The path that the pages live below." },
	{ KEY(site, allowed_hosts), .type = CONFIG_LIST,
		.default_value = "localhost 127.0.0.1 [::1]", .check = config_check_host,
		.help = "Host names that are ours; .example.org with all below it, * for any." },
	{ KEY(site, allowed_origins), .type = CONFIG_LIST, .default_value = "",
		.check = config_check_origin,
		.help = "Other sites whose pages may connect, such as https://www.example.org." },
	{ .section = "site",
		.key = "stamp",
		.offset = offsetof(struct config, site_stamp_prefix),
		.type = CONFIG_CHOICE,
		.default_value = "field",
		.choices = "field prefix",
		.help = "Where plain clients get the time of a message: a field of its own, or the "
			"text." },
	{ KEY(site, language), .type = CONFIG_STRING, .default_value = "en",
		.help = "The language of pages for readers who ask for none of theirs: en, "
			"zh-CN." },
	{ KEY(site, registration), .type = CONFIG_CHOICE, .default_value = "open",
		.choices = "open invite closed",
		.help = "Who may have an account: anybody, who has an invite, or nobody new." },
	{ KEY(site, guests), .type = CONFIG_CHOICE, .default_value = "yes", .choices = "no yes",
		.help = "Whether people without an account may read and write." },
	{ KEY(accounts, broker), .type = CONFIG_STRING, .default_value = "",
		.check = config_check_accounts,
		.help = "Who has accounts.db: here, hub, or the control socket (ipc://) of a "
			"broker; empty: the hub of an edge, else here." },
	{ KEY(accounts, password_kibibytes), .type = CONFIG_INTEGER, .default_value = "19456",
		.min = 8192, .max = 1048576, .unit = "KiB",
		.help = "Memory that the hash of a password takes (argon2id)." },
	{ KEY(accounts, password_passes), .type = CONFIG_INTEGER, .default_value = "2", .min = 1,
		.max = 64, .help = "How often the hash goes over that memory." },
	{ KEY(accounts, remote_user), .type = CONFIG_STRING, .default_value = "",
		.check = config_check_header,
		.help = "The header in which the web server names who it has logged in; empty: we "
			"do." },
	{ KEY(sessions, idle_minutes), .type = CONFIG_INTEGER, .default_value = "20160", .min = 0,
		.max = 5256000, .unit = "minutes",
		.help = "How long a session lasts that nobody uses; 0: for ever." },
	{ KEY(sessions, lifetime_minutes), .type = CONFIG_INTEGER, .default_value = "129600",
		.min = 0, .max = 5256000, .unit = "minutes",
		.help = "How long a session lasts at most; 0: for ever." },
	{ KEY(tickets, audience), .type = CONFIG_STRING, .default_value = "roomwire",
		.help = "Whom tickets of other sites must be for (aud)." },
	{ KEY(fcgi, threads), .type = CONFIG_INTEGER, .default_value = "8", .min = 1, .max = 256,
		.help = "Requests for pages that are worked on at the same time." },
	{ KEY(broker, listen), .type = CONFIG_LIST, .default_value = "unix:run/broker.sock",
		.check = config_check_listen,
		.help = "Where the broker takes WebSockets: unix:PATH, HOST:PORT; proxy: before "
			"one for "
			"the PROXY protocol." },
	{ KEY(broker, threads), .type = CONFIG_INTEGER, .default_value = "0", .min = 0, .max = 256,
		.help = "Threads that serve WebSockets; 0: one per core." },
	{ KEY(broker, peers), .type = CONFIG_LIST, .default_value = "", .check = config_check_peer,
		.help = "Events sockets of other brokers to share rooms with." },
	{ KEY(broker, trusted_proxies), .type = CONFIG_LIST, .default_value = "",
		.check = config_check_address_block,
		.help = "Who is believed about clients besides unix sockets and loopback." },
	{ KEY(broker, deflate), .type = CONFIG_CHOICE, .default_value = "no", .choices = "no yes",
		.help = "Whether messages are compressed for clients that offer it." },
	{ KEY(broker, log_level), .type = CONFIG_CHOICE, .default_value = "info",
		.choices = "error warning info debug",
		.help = "The least important lines to log." },
	{ KEY(limits, connections), .type = CONFIG_INTEGER, .default_value = "10000", .min = 0,
		.max = 10000000,
		.help = "WebSockets at the same time; 0: as many as files may be open." },
	{ KEY(limits, connections_per_address), .type = CONFIG_INTEGER, .default_value = "1000",
		.min = 0, .max = 10000000, .help = "Of these, from one address; 0: any number." },
	{ KEY(limits, message_bytes), .type = CONFIG_INTEGER, .default_value = "16384", .min = 1,
		.max = 1048576, .unit = "bytes", .help = "The largest message of a chat." },
	{ KEY(limits, messages_per_second), .type = CONFIG_INTEGER, .default_value = "50", .min = 0,
		.max = 1000000, .help = "Messages of one connection, on average; 0: any number." },
	{ KEY(limits, message_burst), .type = CONFIG_INTEGER, .default_value = "200", .min = 1,
		.max = 1000000, .help = "Messages of one connection at once." },
	{ KEY(limits, handshake_seconds), .type = CONFIG_INTEGER, .default_value = "10", .min = 1,
		.max = 300, .unit = "seconds", .help = "For a whole request head to arrive." },
	{ KEY(limits, echo_bytes), .type = CONFIG_INTEGER, .default_value = "1048576", .min = 1,
		.max = 16777216, .unit = "bytes", .help = "The largest message of /ws/echo/." },
	{ KEY(limits, backlog_bytes), .type = CONFIG_INTEGER, .default_value = "1048576",
		.min = 4096, .max = 67108864, .unit = "bytes",
		.help = "How far a slow reader may fall behind in a room before it is let go." },
	{ KEY(limits, memory_bytes), .type = CONFIG_INTEGER, .default_value = "268435456", .min = 0,
		.max = 1099511627776, .unit = "bytes",
		.help = "What may wait for and of all connections before slow ones are let go; 0: "
			"any." },
	{ KEY(limits, idle_ping_seconds), .type = CONFIG_INTEGER, .default_value = "25", .min = 0,
		.max = 3600, .unit = "seconds",
		.help = "How often a connection is pinged; 0: never." },
	{ KEY(limits, pong_seconds), .type = CONFIG_INTEGER, .default_value = "10", .min = 1,
		.max = 3600, .unit = "seconds", .help = "For the answer to a ping." },
	{ KEY(limits, resume_messages), .type = CONFIG_INTEGER, .default_value = "10000", .min = 0,
		.max = 1000000,
		.help = "What a client that comes back is told of all it missed; beyond, of the "
			"last." },
	{ KEY(limits, login_penalty_seconds), .type = CONFIG_INTEGER, .default_value = "600",
		.min = 0, .max = 86400, .unit = "seconds",
		.help = "The longest that wrong passwords shut their source out; 0: not at all." },
	{ KEY(limits, api_requests_per_second), .type = CONFIG_INTEGER, .default_value = "50",
		.min = 0, .max = 1000000,
		.help = "Requests of one API key, on average; 0: any number." },
	{ KEY(limits, api_request_burst), .type = CONFIG_INTEGER, .default_value = "200", .min = 1,
		.max = 1000000, .help = "Requests of one API key at once." },
	{ KEY(history, durability), .type = CONFIG_CHOICE, .default_value = "disk",
		.choices = "disk process none",
		.help = "What a message survives once it is acknowledged: the host, the broker, or "
			"nothing." },
	{ KEY(history, keep_messages), .type = CONFIG_INTEGER, .default_value = "0", .min = 0,
		.max = 1000000000, .help = "The newest messages of a room that are kept; 0: all." },
	{ KEY(history, keep_days), .type = CONFIG_INTEGER, .default_value = "0", .min = 0,
		.max = 36500, .unit = "days", .help = "How long messages are kept; 0: for ever." },
	{ KEY(layer, backend), .type = CONFIG_CHOICE, .default_value = "local",
		.choices = "local nng redis",
		.help = "Who shares the rooms: nobody else, other brokers of a rack, or all of a "
			"Redis." },
	{ KEY(layer, listen), .type = CONFIG_STRING, .default_value = "", .check = config_check_hub,
		.help = "With nng: where this broker, the hub, takes others; ipc:// or tcp://." },
	{ KEY(layer, hub), .type = CONFIG_STRING, .default_value = "", .check = config_check_hub,
		.help = "With nng: where this broker, an edge, finds its hub." },
	{ KEY(layer, key_file), .type = CONFIG_STRING, .default_value = "",
		.help = "The key that hub and edges share; tcp:// needs one." },
	{ KEY(layer, capacity), .type = CONFIG_INTEGER, .default_value = "100", .min = 1,
		.max = 100000, .help = "Messages that wait in a channel until it is full." },
	{ KEY(layer, expiry_seconds), .type = CONFIG_INTEGER, .default_value = "60", .min = 1,
		.max = 86400, .unit = "seconds",
		.help = "How long a message waits in a channel for somebody to receive it." },
	{ KEY(layer, group_expiry_seconds), .type = CONFIG_INTEGER, .default_value = "86400",
		.min = 1, .max = 31536000, .unit = "seconds",
		.help = "How long a channel that is not received from stays in its groups." },
	{ KEY(redis, url), .type = CONFIG_LIST, .default_value = "",
		.help = "Where Redis is: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] or "
			"unix:///PATH[?db=DB]; several share the load; empty: as REDIS_URL in the "
			"environment says, else redis://127.0.0.1:6379." },
	{ KEY(redis, password_file), .type = CONFIG_STRING, .default_value = "",
		.help = "The file with the password of those without one in their url; empty: "
			"none." },
	{ KEY(redis, prefix), .type = CONFIG_STRING, .default_value = "asgi",
		.check = config_check_prefix,
		.help = "What the keys of Django's channel layer begin with." },
	{ KEY(redis, layout), .type = CONFIG_CHOICE, .default_value = "core",
		.choices = "core pubsub none",
		.help = "Django's channel layer there: RedisChannelLayer, RedisPubSubChannelLayer, "
			"or none." },
	{ KEY(redis, django_types), .type = CONFIG_LIST, .default_value = "chat.message",
		.help = "Types of events that Django's consumers know; others are not told them." },
	{ KEY(redis, room_messages), .type = CONFIG_INTEGER, .default_value = "10000", .min = 100,
		.max = 10000000,
		.help = "The newest messages of a room that Redis keeps, where [history] "
			"keep_messages is 0." },
	{ .section = "redis",
		.key = "when_away",
		.offset = offsetof(struct config, redis_when_away_local),
		.type = CONFIG_CHOICE,
		.default_value = "refuse",
		.choices = "refuse local",
		.help = "What becomes of messages while Redis is away: they are refused, or reach "
			"this broker's own clients and no history." },
	{ .section = "routes",
		.key = "PATTERN",
		.offset = offsetof(struct config, routes),
		.type = CONFIG_ROUTES,
		.help = "Rooms that get what is said in rooms of this pattern, too." },
};

const size_t config_option_count = sizeof(config_options) / sizeof(config_options[0]);

static void describe_value(struct buf *out, const struct config_option *option)
{
	switch (option->type) {
	case CONFIG_STRING:
	case CONFIG_PATH:
		buf_append_text(out, " = TEXT");
		break;
	case CONFIG_LIST:
		buf_append_text(out, " = ITEM …");
		break;
	case CONFIG_INTEGER:
		buf_append_format(out, " = %" PRId64 " to %" PRId64, option->min, option->max);
		if (option->unit != NULL)
			buf_append_format(out, " %s", option->unit);
		break;
	case CONFIG_CHOICE:
		buf_append_format(out, " = one of: %s", option->choices);
		break;
	case CONFIG_ROUTES:
		buf_append_text(out, " = ROOM …");
		break;
	}
}

void config_describe(struct buf *out)
{
	const char *section = "";

	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];

		if (strcmp(section, option->section) != 0)
			buf_append_format(out, "  [%s]\n", option->section);
		section = option->section;
		buf_append_format(out, "    %s", option->key);
		describe_value(out, option);
		if (option->default_value != NULL && option->default_value[0] != '\0')
			buf_append_format(out, " (default %s)", option->default_value);
		buf_append_format(out, "\n        %s\n", option->help);
	}
}
