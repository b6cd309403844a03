/* SPDX-License-Identifier: MIT */
/* The configuration from files and --set: the values that result, and each mistake's sentence with
 * its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"

/* Loads text as a file named by a descriptor, so that nothing is left behind. */
static bool config_from(struct config *config, struct str text, struct buf *problem)
{
	FILE *file = tmpfile();
	char name[32];
	struct config_arguments arguments = { .file = name };
	bool is_loaded;

	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
	assert_int_equal(fflush(file), 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fileno(file));
	is_loaded = config_load(config, &arguments, problem);
	/* The name in a problem changes with the descriptor. */
	if (problem->len > 0) {
		assert_true(str_starts_with(buf_str(problem), str_from(name)));
		buf_drop(problem, strlen(name));
	}
	fclose(file);
	return is_loaded;
}

static bool config_with(struct config *config, const char *setting, struct buf *problem)
{
	struct config_arguments arguments = { .settings = &setting, .setting_count = 1 };

	return config_load(config, &arguments, problem);
}

static void defaults_are_those_of_the_table(void **state)
{
	struct config config;
	struct config_arguments none = { 0 };
	struct buf problem = { 0 };

	assert_true(config_load(&config, &none, &problem));
	assert_string_equal(config.paths_state, "state");
	assert_string_equal(config.site_name, "Roomwire");
	assert_string_equal(config.site_mount, "/chat/");
	assert_int_equal(config.site_allowed_hosts.count, 3);
	assert_string_equal(config.site_allowed_hosts.items[2], "[::1]");
	assert_false(config.site_stamp_prefix);
	assert_int_equal(config.broker_listen.count, 1);
	assert_string_equal(config.broker_listen.items[0], "unix:state/run/broker.sock");
	assert_string_equal(config.broker_log_level, "info");
	assert_int_equal(config.limits_connections, 10000);
	assert_int_equal(config.limits_message_bytes, 16384);
	assert_string_equal(config.history_durability, "disk");
	assert_int_equal(config.route_count, 0);
	config_finish(&config);
	config_finish(&config);
	buf_finish(&problem);
	(void)state;
}

static void file_is_read_with_comments_indents_and_windows_ends(void **state)
{
	struct config config;
	struct buf problem = { 0 };

	assert_true(config_from(&config,
		STR_OF("\xef\xbb\xbf; comment: what = it is\r\n# another\r\n[site]\r\n  name = A = "
		       "B ; "
		       "why\r\n\tstamp=prefix\r\n"
		       "[limits]\nconnections = 1\nconnections = 0\n[broker]\nlisten = unix:/a, "
		       "[::1]:81  b:82\n"
		       "[site]\nallowed_hosts = *"),
		&problem));
	assert_string_equal(config.site_name, "A = B");
	assert_true(config.site_stamp_prefix);
	assert_int_equal(config.limits_connections, 0);
	assert_int_equal(config.broker_listen.count, 3);
	assert_string_equal(config.broker_listen.items[0], "unix:/a");
	assert_string_equal(config.broker_listen.items[1], "[::1]:81");
	assert_string_equal(config.broker_listen.items[2], "b:82");
	assert_int_equal(config.site_allowed_hosts.count, 1);
	config_finish(&config);
	buf_finish(&problem);
	(void)state;
}

static void mistakes_are_told_with_line_and_cure(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} table[] = {
		{ "[limits]\n\nconections = 1", ":3: unknown key \"conections\" in [limits]; did "
						"you mean \"connections\"?" },
		{ "[limit]\nconnections = 1",
			":2: unknown section \"limit\"; did you mean [limits]?" },
		{ "[site]\nqqqqqqqqqqqqqq = 1", ":2: unknown key \"qqqqqqqqqqqqqq\" in [site]" },
		{ "connections = 1", ":1: unknown section \"\"" },
		{ "[site]\nname\n[limits]\nx = 1",
			":2: neither a [section], nor a key = value, nor a comment" },
		{ "[site\nname = x", ":1: neither a [section], nor a key = value, nor a comment" },
		{ "[limits]\nconnections = -1",
			":2: connections must be a whole number from 0 to 10000000, not \"-1\"" },
		{ "[limits]\nmessage_bytes = 2000000", ":2: message_bytes must be a whole number "
						       "from 1 to 1048576 bytes, not \"2000000\"" },
		{ "[limits]\nmessage_bytes = 16k", ":2: message_bytes must be a whole number from "
						   "1 to 1048576 bytes, not \"16k\"" },
		{ "[limits]\nbacklog_bytes = 4095", ":2: backlog_bytes must be a whole number from "
						    "4096 to 67108864 bytes, not \"4095\"" },
		{ "[site]\nstamp = both", ":2: stamp must be one of: field prefix; not \"both\"" },
		{ "[history]\ndurability = tape",
			":2: durability must be one of: disk process none; not \"tape\"" },
		{ "[site]\nmount = chat", ":2: mount: \"chat\" must begin and end with '/'" },
		{ "[broker]\nlisten = 8080",
			":2: listen: \"8080\" must be unix:PATH, HOST:PORT or [ADDRESS]:PORT" },
		{ "[paths]\nstate =", ":2: state: \"\" must not be empty" },
		{ "[routes]\na.* =", ":2: a route needs a pattern and at least one room; at most "
				     "1000 may be given" },
		{ "[routes]\nteam: * = ops", ":2: a key or pattern ends at '=' and has no ':' in "
					     "a file (--set takes one)" },
		{ "[site]\nname: x", ":2: a key or pattern ends at '=' and has no ':' in a file "
				     "(--set takes one)" },
		{ "[site]\nname = a\x1b[2J", ":2: name: not UTF-8, or with control characters" },
		{ "[site]\nname = \xff", ":2: name: not UTF-8, or with control characters" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct config config;
		struct buf problem = { 0 };

		assert_false(config_from(&config, str_from(table[i].text), &problem));
		assert_string_equal(buf_text(&problem), table[i].problem);
		config_finish(&config);
		buf_finish(&problem);
	}
	(void)state;
}

static void line_that_inih_would_cut_is_an_error(void **state)
{
	struct config config;
	struct buf text = { 0 }, problem = { 0 };

	buf_append_text(&text, "[site]\nname = ");
	for (int i = 0; i < 5000; i++)
		buf_append_char(&text, 'x');
	assert_false(config_from(&config, buf_str(&text), &problem));
	assert_string_equal(buf_text(&problem), ":2: the line is too long");
	config_finish(&config);
	text.len = 3000;
	assert_true(config_from(&config, buf_str(&text), &problem));
	assert_int_equal(strlen(config.site_name), 3000 - strlen("[site]\nname = "));
	config_finish(&config);
	assert_false(config_from(&config, str_range("[site]\nname = a\0b\n", 18), &problem));
	assert_string_equal(buf_text(&problem), ":2: the line has a NUL byte");
	config_finish(&config);
	buf_finish(&text);
	buf_finish(&problem);
	(void)state;
}

static void missing_file_is_told_by_its_name(void **state)
{
	struct config config;
	struct config_arguments arguments = { .file = "/nonexistent/roomwire.conf" };
	struct buf problem = { 0 };

	assert_false(config_load(&config, &arguments, &problem));
	assert_string_equal(
		buf_text(&problem), "/nonexistent/roomwire.conf: No such file or directory");
	config_finish(&config);
	arguments.file = "/";
	assert_false(config_load(&config, &arguments, &problem));
	config_finish(&config);
	buf_finish(&problem);
	(void)state;
}

static void setting_wins_and_names_itself_in_its_mistake(void **state)
{
	struct config config;
	struct buf problem = { 0 };
	static const struct {
		const char *setting;
		const char *problem;
	} table[] = {
		{ "limits.conections=1", "--set limits.conections: unknown key \"conections\" in "
					 "[limits]; did you mean \"connections\"?" },
		{ "limits.connections", "--set limits.connections: must be SECTION.KEY=VALUE" },
		{ "connections=1", "--set connections=1: must be SECTION.KEY=VALUE" },
		{ "limits.connections=x", "--set limits.connections: connections must be a whole "
					  "number from 0 to 10000000, not \"x\"" },
	};

	assert_true(config_with(&config, "site.name=a.b=c", &problem));
	assert_string_equal(config.site_name, "a.b=c");
	config_finish(&config);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_false(config_with(&config, table[i].setting, &problem));
		assert_string_equal(buf_text(&problem), table[i].problem);
		config_finish(&config);
	}
	buf_finish(&problem);
	(void)state;
}

static void every_route_counts_and_keeps_its_line(void **state)
{
	struct config config;
	struct buf problem = { 0 };

	assert_true(config_from(
		&config, STR_OF("[routes]\nalerts.* = ops, lobby\nalerts.* = night\n"), &problem));
	assert_int_equal(config.route_count, 2);
	assert_string_equal(config.routes[0].pattern, "alerts.*");
	assert_int_equal(config.routes[0].rooms.count, 2);
	assert_string_equal(config.routes[0].rooms.items[1], "lobby");
	assert_int_equal(config.routes[0].line, 2);
	assert_int_equal(config.routes[1].line, 3);
	config_finish(&config);
	assert_true(config_with(&config, "routes.alerts.eu.*=ops", &problem));
	assert_string_equal(config.routes[0].pattern, "alerts.eu.*");
	assert_int_equal(config.routes[0].line, 0);
	config_finish(&config);
	assert_true(config_with(&config, "routes.team: *=ops", &problem));
	assert_string_equal(config.routes[0].pattern, "team: *");
	config_finish(&config);
	buf_finish(&problem);
	(void)state;
}

static void keys_that_contradict_each_other_are_told(void **state)
{
	const char *settings[] = { "site.base_url=https://example.org",
		"site.socket_url=wss://ws.example.org/ws/" };
	struct config_arguments arguments = { .settings = settings, .setting_count = 2 };
	struct config config;
	struct buf problem = { 0 };

	assert_false(config_load(&config, &arguments, &problem));
	assert_non_null(strstr(buf_text(&problem), "[site] socket_url must name the host"));
	config_finish(&config);
	buf_finish(&problem);
	(void)state;
}

static void relative_paths_start_at_the_state_directory(void **state)
{
	const char *settings[] = { "paths.state=/srv/chat//",
		"broker.listen=unix:a.sock unix:/b.sock h:1 proxy:unix:c.sock proxy:unix:/d.sock",
		"broker.peers=ipc://c.ipc ipc:///d.ipc tcp://h:1", "accounts.broker=ipc://e.ipc" };
	struct config_arguments arguments = { .settings = settings, .setting_count = 4 };
	struct config config;
	struct buf problem = { 0 }, path = { 0 };

	assert_true(config_load(&config, &arguments, &problem));
	assert_string_equal(config.broker_listen.items[0], "unix:/srv/chat/a.sock");
	assert_string_equal(config.broker_listen.items[1], "unix:/b.sock");
	assert_string_equal(config.broker_listen.items[2], "h:1");
	assert_string_equal(config.broker_listen.items[3], "proxy:unix:/srv/chat/c.sock");
	assert_string_equal(config.broker_listen.items[4], "proxy:unix:/d.sock");
	assert_string_equal(config.broker_peers.items[0], "ipc:///srv/chat/c.ipc");
	assert_string_equal(config.broker_peers.items[1], "ipc:///d.ipc");
	assert_string_equal(config.broker_peers.items[2], "tcp://h:1");
	assert_string_equal(config.accounts_broker, "ipc:///srv/chat/e.ipc");
	assert_string_equal(
		config_path(&config, &path, "run/control.ipc"), "/srv/chat/run/control.ipc");
	assert_string_equal(config_path(&config, &path, "/etc/x"), "/etc/x");
	config_finish(&config);
	buf_finish(&problem);
	buf_finish(&path);
	(void)state;
}

static void accounts_are_the_hubs_at_an_edge_and_here_elsewhere(void **state)
{
	static const struct {
		const char *settings[3];
		const char *broker;
	} rows[] = {
		{ { "layer.backend=nng", "layer.hub=ipc://h" }, "hub" },
		{ { "layer.backend=nng", "layer.hub=ipc://h", "accounts.broker=hub" }, "hub" },
		{ { "layer.backend=nng", "layer.hub=ipc://h", "accounts.broker=here" }, "" },
		{ { "layer.backend=nng", "layer.hub=ipc://h", "accounts.broker=ipc:///c" },
			"ipc:///c" },
		{ { "layer.backend=nng", "layer.listen=ipc://h" }, "" },
		{ { "layer.backend=redis", "layer.hub=ipc://h" }, "" },
		{ { "accounts.broker=here" }, "" },
	};
	struct buf problem = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *settings[3];
		struct config_arguments arguments = { .settings = settings };
		struct config config;

		for (size_t k = 0; k < 3 && rows[i].settings[k] != NULL; k++)
			settings[arguments.setting_count++] = rows[i].settings[k];
		assert_true(config_load(&config, &arguments, &problem));
		assert_string_equal(config.accounts_broker, rows[i].broker);
		config_finish(&config);
	}
	buf_finish(&problem);
	(void)state;
}

static void accounts_of_a_hub_take_an_edge(void **state)
{
	static const struct {
		const char *settings[3];
		const char *sentence;
	} rows[] = {
		{ { "accounts.broker=hub", "layer.backend=nng", "layer.listen=ipc://h" },
			"[accounts] broker = hub is for edges: this is the hub" },
		{ { "accounts.broker=hub", "layer.backend=redis", "layer.hub=ipc://h" },
			"[accounts] broker = hub is for an edge, which has [layer]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *settings[3];
		struct config_arguments arguments = { .settings = settings, .setting_count = 3 };
		struct buf problem = { 0 };
		struct config config;

		memcpy(settings, rows[i].settings, sizeof(settings));
		assert_false(config_load(&config, &arguments, &problem));
		assert_non_null(strstr(buf_text(&problem), rows[i].sentence));
		config_finish(&config);
		buf_finish(&problem);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_table),
		cmocka_unit_test(file_is_read_with_comments_indents_and_windows_ends),
		cmocka_unit_test(mistakes_are_told_with_line_and_cure),
		cmocka_unit_test(line_that_inih_would_cut_is_an_error),
		cmocka_unit_test(missing_file_is_told_by_its_name),
		cmocka_unit_test(setting_wins_and_names_itself_in_its_mistake),
		cmocka_unit_test(every_route_counts_and_keeps_its_line),
		cmocka_unit_test(keys_that_contradict_each_other_are_told),
		cmocka_unit_test(relative_paths_start_at_the_state_directory),
		cmocka_unit_test(accounts_are_the_hubs_at_an_edge_and_here_elsewhere),
		cmocka_unit_test(accounts_of_a_hub_take_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
