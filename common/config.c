/* SPDX-License-Identifier: MIT */
/* Reads the configuration: defaults, the INI file, --set, in that order; then the paths that depend
 * on the state directory. The only user of inih. Lines are read by our own reader: only it knows
 * their numbers, and inih would silently cut some or join them to the line before. */
#include "common/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/config_check.h"
#include "common/config_value.h"

#define CONFIG_LINE_MAX 4096
#define CONFIG_LINES_MAX 10000
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reader {
	FILE *file;
	const char *name; /* of the file */
	struct config *config;
	struct buf *problem; /* once it has text, reading is over */
	int line;
};

static void reader_fail(struct reader *reader, const char *sentence)
{
	if (reader->problem->len == 0)
		buf_append_format(
			reader->problem, "%s:%d: %s", reader->name, reader->line, sentence);
}

/* inih ends a key also at a ':', which would cut a pattern of [routes]. */
static bool key_has_colon(struct str line)
{
	if (str_starts_with(line, STR_OF(BYTE_ORDER_MARK)))
		line = str_skip(line, strlen(BYTE_ORDER_MARK));
	if (line.len == 0 || strchr("[;#", line.data[0]) != NULL)
		return false;
	return str_find(line, ':') < str_find(line, '=');
}

/* Reads one line into out without its indent, which inih would take for a continuation. */
static char *line_read(char *out, int size, void *context)
{
	struct reader *reader = context;
	size_t len = 0;
	int c;

	if (++reader->line > CONFIG_LINES_MAX)
		reader_fail(reader, "the file has too many lines");
	while (reader->problem->len == 0 && (c = getc(reader->file)) != EOF && c != '\n') {
		if (len == 0 && (c == ' ' || c == '\t'))
			continue;
		if (c == '\0')
			reader_fail(reader, "the line has a NUL byte");
		else if (len + 2 == (size_t)size)
			reader_fail(reader, "the line is too long");
		else
			out[len++] = (char)c;
	}
	if (reader->problem->len > 0 || (len == 0 && feof(reader->file)))
		return NULL;
	if (key_has_colon(str_range(out, len))) {
		reader_fail(reader, "a key or pattern ends at '=' and has no ':' in a file (--set "
				    "takes one)");
		return NULL;
	}
	out[len++] = '\n';
	out[len] = '\0';
	return out;
}

static int pair_handle(void *context, const char *section, const char *name, const char *value)
{
	struct reader *reader = context;
	struct buf sentence = { 0 };
	bool is_set = config_set(reader->config, str_from(section), str_from(name), str_from(value),
		reader->line, &sentence);

	if (!is_set)
		reader_fail(reader, buf_text(&sentence));
	buf_finish(&sentence);
	return is_set;
}

static bool file_load(struct config *config, const char *name, struct buf *problem)
{
	struct reader reader = { .name = name, .config = config, .problem = problem };
	int bad_line;

	reader.file = fopen(name, "re");
	if (reader.file == NULL) {
		buf_append_format(problem, "%s: %s", name, strerrordesc_np(errno));
		return false;
	}
	/* inih's own buffer holds 200 bytes; lists of hosts are longer. */
	ini_use_stack = false;
	ini_max_line = ini_initial_alloc = CONFIG_LINE_MAX;
	ini_stop_on_first_error = true;
	bad_line = ini_parse_stream(line_read, &reader, pair_handle, &reader);
	if (ferror(reader.file) || bad_line < 0)
		reader_fail(&reader, "cannot be read");
	if (bad_line > 0) {
		reader.line = bad_line;
		reader_fail(&reader, "neither a [section], nor a key = value, nor a comment");
	}
	fclose(reader.file);
	return problem->len == 0;
}

static bool setting_apply(struct config *config, const char *setting, struct buf *problem)
{
	struct str text = str_from(setting);
	struct str name = str_range(text.data, str_find(text, '='));
	size_t dot = str_find(name, '.');
	struct buf sentence = { 0 };
	bool is_set;

	if (name.len == text.len || dot == name.len) {
		buf_append_format(problem, "--set %s: must be SECTION.KEY=VALUE", setting);
		return false;
	}
	is_set = config_set(config, str_range(name.data, dot), str_trim(str_skip(name, dot + 1)),
		str_trim(str_skip(text, name.len + 1)), 0, &sentence);
	if (!is_set)
		buf_append_format(problem, "--set %.*s: %s", STR_ARG(name), buf_text(&sentence));
	buf_finish(&sentence);
	return is_set;
}

/* Puts the state directory before the path behind scheme, if that is relative. */
static void item_resolve(const struct config *config, char **item, const char *scheme)
{
	const char *path = *item + strlen(scheme);
	struct buf resolved = { 0 };

	if (strncmp(*item, scheme, strlen(scheme)) != 0 || path[0] == '/')
		return;
	buf_append_format(&resolved, "%s%s/%s", scheme, config->paths_state, path);
	mem_free(*item);
	*item = buf_take(&resolved);
}

static void items_resolve(const struct config *config, struct config_list *list, const char *scheme)
{
	for (size_t i = 0; i < list->count; i++)
		item_resolve(config, &list->items[i], scheme);
}

static bool keys_agree(const struct config *config, struct buf *problem)
{
	const char *of_site = config_check_site(config);
	const char *of_accounts = config_check_hub_accounts(config);

	if (of_site != NULL)
		buf_append_format(problem, "[site] %s", of_site);
	else if (of_accounts != NULL)
		buf_append_format(problem, "[accounts] %s", of_accounts);
	return problem->len == 0;
}

static bool has_backend_nng(const struct config *config)
{
	return str_is(str_from(config->layer_backend), "nng");
}

bool config_is_edge(const struct config *config)
{
	return has_backend_nng(config) && config->layer_hub[0] != '\0';
}

bool config_is_hub(const struct config *config)
{
	return has_backend_nng(config) && config->layer_listen[0] != '\0';
}

/* From here on "" means that accounts.db is here. */
static void accounts_resolve(struct config *config)
{
	char **broker = &config->accounts_broker;
	struct str said = str_from(*broker);
	const char *meant = *broker;

	if (said.len == 0 && config_is_edge(config))
		meant = "hub";
	else if (str_is(said, "here"))
		meant = "";
	if (meant != *broker) {
		mem_free(*broker);
		*broker = str_dup(str_from(meant));
	}
}

static void paths_resolve(struct config *config)
{
	size_t len = strlen(config->paths_state);

	while (len > 1 && config->paths_state[len - 1] == '/')
		config->paths_state[--len] = '\0';
	items_resolve(config, &config->broker_listen, "unix:");
	items_resolve(config, &config->broker_listen, "proxy:unix:");
	items_resolve(config, &config->broker_peers, "ipc://");
	item_resolve(config, &config->accounts_broker, "ipc://");
}

bool config_load(
	struct config *config, const struct config_arguments *arguments, struct buf *problem_out)
{
	*config = (struct config){ 0 };
	buf_clear(problem_out);
	config_set_defaults(config);
	if (arguments->file != NULL && !file_load(config, arguments->file, problem_out))
		return false;
	for (size_t i = 0; i < arguments->setting_count; i++) {
		if (!setting_apply(config, arguments->settings[i], problem_out))
			return false;
	}
	paths_resolve(config);
	accounts_resolve(config);
	return keys_agree(config, problem_out);
}

const char *config_path(const struct config *config, struct buf *out, const char *relative)
{
	buf_clear(out);
	if (relative[0] != '/')
		buf_append_format(out, "%s/", config->paths_state);
	buf_append_text(out, relative);
	return buf_text(out);
}
