/* SPDX-License-Identifier: MIT */
/* Reads an address as redis-py's parse_url does, but more strictly: a database must be a number
 * (redis-py takes anything else for 0), and a '#' does not cut a password short. Options behind '?'
 * that concern redis-py's own connections are skipped. */
#include "broker/redis/url.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "common/config.h"
#include "common/key_file.h"
#include "common/percent.h"

#define DEFAULT_URL "redis://127.0.0.1:6379"
#define DEFAULT_PORT 6379
#define DATABASE_MAX 1000000
#define HOSTS_MAX 64 /* channels_redis spreads names over 4,096 slots */
#define SOCKET_PATH_BYTES_MAX 107 /* sun_path's 108 with the NUL */

/* The pieces of an address, still encoded. */
struct pieces {
	bool is_unix;
	struct str login; /* in front of '@' */
	struct str place; /* host and port */
	struct str path; /* with its '/' */
	struct str query;
};

static bool refuse(struct buf *problem, const char *sentence)
{
	buf_append_text(problem, sentence);
	return false;
}

static bool cut_scheme(struct str *text, bool *is_unix_out, struct buf *problem)
{
	static const struct str tcp = STR("redis://"), tls = STR("rediss://"),
				local = STR("unix://");

	*is_unix_out = str_starts_with(*text, local);
	if (str_starts_with(*text, tls))
		return refuse(problem,
			"rediss:// is not spoken here: let stunnel or the network encrypt, and "
			"write redis://");
	if (!*is_unix_out && !str_starts_with(*text, tcp))
		return refuse(problem, "an address begins with redis:// or unix://");
	*text = str_skip(*text, *is_unix_out ? local.len : tcp.len);
	return true;
}

/* As in urllib, the login ends at the last '@' of the first part. */
static bool cut(struct str text, struct pieces *pieces, struct buf *problem)
{
	size_t slash, query;

	*pieces = (struct pieces){ 0 };
	if (!cut_scheme(&text, &pieces->is_unix, problem))
		return false;
	if (str_find(text, '#') < text.len)
		return refuse(problem, "a '#' in an address is written %23");
	query = str_find(text, '?');
	pieces->query = str_skip(text, query < text.len ? query + 1 : query);
	text.len = query;
	slash = str_find(text, '/');
	pieces->path = str_skip(text, slash);
	pieces->place = str_range(text.data, slash);
	for (size_t i = slash; i > 0; i--) {
		if (text.data[i - 1] != '@')
			continue;
		pieces->login = str_range(text.data, i - 1);
		pieces->place = str_range(text.data + i, slash - i);
		break;
	}
	return true;
}

/* Replaces a text by a decoded one. */
static bool decode(struct str raw, char **out, struct buf *problem)
{
	struct buf decoded = { 0 };
	bool is_valid = percent_decode(raw, false, &decoded);

	if (is_valid) {
		mem_free(*out);
		*out = buf_take(&decoded);
	}
	buf_finish(&decoded);
	return is_valid || refuse(problem, "an address has a broken %-escape");
}

static bool read_login(struct str login, struct redis_url *url, struct buf *problem)
{
	size_t colon = str_find(login, ':');

	return decode(str_range(login.data, colon), &url->user, problem) &&
	       decode(str_skip(login, colon < login.len ? colon + 1 : colon), &url->password,
		       problem);
}

static bool read_database(struct str text, struct redis_url *url, struct buf *problem)
{
	uint64_t number;

	if (!str_to_uint64(text, &number) || number > DATABASE_MAX)
		return refuse(problem, "the database of an address is a number");
	url->database = (unsigned)number;
	return true;
}

static bool read_option(
	struct str name, struct str value, struct redis_url *url, struct buf *problem)
{
	if (str_is(name, "db"))
		return read_database(value, url, problem);
	if (str_is(name, "username"))
		return decode(value, &url->user, problem);
	if (str_is(name, "password"))
		return decode(value, &url->password, problem);
	return true;
}

static bool read_query(struct str query, struct redis_url *url, struct buf *problem)
{
	struct str option;

	while (str_next(&query, '&', &option)) {
		size_t equals = str_find(option, '=');
		struct str value = str_skip(option, equals < option.len ? equals + 1 : equals);

		if (!read_option(str_range(option.data, equals), value, url, problem))
			return false;
	}
	return true;
}

static bool read_port(struct str text, struct redis_url *url, struct buf *problem)
{
	uint64_t port = DEFAULT_PORT;

	if (text.len > 0 && (!str_to_uint64(text, &port) || port == 0 || port > UINT16_MAX))
		return refuse(problem, "the port of an address is a number from 1 to 65535");
	url->port = (uint16_t)port;
	return true;
}

/* A decoded host must not hold other parts of an address. A '%' is fine: behind it is an interface
 * (RFC 4007 11). */
static bool check_host(const char *host, struct buf *problem)
{
	return strpbrk(host, "@/?#[] ") == NULL ||
	       refuse(problem, "the host of an address is a name or an IP address");
}

/* HOST, HOST:PORT or [ADDRESS]:PORT; an empty host is localhost, as in redis-py. */
static bool read_place(struct str place, struct redis_url *url, struct buf *problem)
{
	bool is_bracketed = str_starts_with(place, STR_OF("["));
	size_t end = str_find(place, is_bracketed ? ']' : ':');
	struct str host = str_range(place.data, end);
	struct str port;

	if (is_bracketed) {
		host = str_skip(host, 1);
		end += end < place.len;
	}
	port = str_skip(place, end);
	if (port.len > 0 && port.data[0] != ':')
		return refuse(problem, "what follows the host of an address is ':' and a port");
	return decode(host.len == 0 ? STR_OF("localhost") : host, &url->host, problem) &&
	       check_host(url->host, problem) &&
	       read_port(str_skip(port, port.len > 0), url, problem);
}

static bool read_tcp(const struct pieces *pieces, struct redis_url *url, struct buf *problem)
{
	struct str database = str_skip(pieces->path, pieces->path.len > 0);

	if (str_ends_with(database, STR_OF("/")))
		database.len--;
	return read_place(pieces->place, url, problem) &&
	       (database.len == 0 || read_database(database, url, problem));
}

static bool read_unix(const struct pieces *pieces, struct redis_url *url, struct buf *problem)
{
	if (pieces->place.len > 0 || pieces->path.len < 2)
		return refuse(problem, "the address of a unix socket is unix:///PATH");
	if (!decode(pieces->path, &url->path, problem))
		return false;
	return strlen(url->path) <= SOCKET_PATH_BYTES_MAX ||
	       refuse(problem, "the path of a unix socket is too long");
}

static char *name_of(const struct redis_url *url)
{
	bool has_colon = strchr(url->host, ':') != NULL;
	struct buf name = { 0 };

	if (url->path[0] != '\0')
		buf_append_format(&name, "unix://%s?db=%u", url->path, url->database);
	else
		buf_append_format(&name, "redis://%s%s%s:%u/%u", has_colon ? "[" : "", url->host,
			has_colon ? "]" : "", url->port, url->database);
	return buf_take(&name);
}

bool redis_url_parse(struct str text, struct redis_url *url_out, struct buf *problem_out)
{
	struct pieces pieces;

	*url_out = (struct redis_url){ .host = mem_strdup(""),
		.path = mem_strdup(""),
		.user = mem_strdup(""),
		.password = mem_strdup("") };
	if (!cut(text, &pieces, problem_out) || !read_login(pieces.login, url_out, problem_out) ||
		!(pieces.is_unix ? read_unix : read_tcp)(&pieces, url_out, problem_out) ||
		!read_query(pieces.query, url_out, problem_out))
		return false;
	url_out->name = name_of(url_out);
	return true;
}

void redis_url_finish(struct redis_url *url)
{
	if (url->password != NULL)
		crypto_wipe(url->password, strlen(url->password));
	mem_free(url->host);
	mem_free(url->path);
	mem_free(url->user);
	mem_free(url->password);
	mem_free(url->name);
	*url = (struct redis_url){ 0 };
}

static bool is_same_server(const struct redis_url *a, const struct redis_url *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->path, b->path) == 0 && a->port == b->port;
}

/* All databases of a server share its channels: brokers would hear each publication twice. */
static bool check_servers(const struct redis_urls *urls, struct buf *problem)
{
	for (size_t i = 1; i < urls->count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (is_same_server(&urls->items[i], &urls->items[j]))
				return refuse(problem, "two of the addresses are of one server");
		}
	}
	return true;
}

static bool add_url(struct redis_urls *urls, const char *text, struct buf *problem)
{
	return redis_url_parse(str_from(text), &urls->items[urls->count++], problem);
}

static bool read_addresses(
	const struct config_list *list, struct redis_urls *urls, struct buf *problem)
{
	const char *given = getenv("REDIS_URL");

	urls->items = mem_alloc_array(list->count + 1, sizeof(*urls->items));
	if (list->count == 0)
		return add_url(
			urls, given == NULL || given[0] == '\0' ? DEFAULT_URL : given, problem);
	if (list->count > HOSTS_MAX)
		return refuse(problem, "there are more than 64 addresses");
	for (size_t i = 0; i < list->count; i++) {
		if (!add_url(urls, list->items[i], problem))
			return false;
	}
	return check_servers(urls, problem);
}

static void give_password(struct redis_urls *urls, struct str password)
{
	for (size_t i = 0; i < urls->count; i++) {
		if (urls->items[i].password[0] != '\0')
			continue;
		mem_free(urls->items[i].password);
		urls->items[i].password = str_dup(password);
	}
}

/* The file's first line. */
static bool read_password(const struct config *config, struct redis_urls *urls, struct buf *problem)
{
	struct buf path = { 0 }, content = { 0 };
	struct str rest;
	struct str password;
	bool is_fine;

	if (config->redis_password_file[0] == '\0')
		return true;
	is_fine = key_file_read(
		config_path(config, &path, config->redis_password_file), &content, problem);
	rest = buf_str(&content);
	if (is_fine && str_next_word(&rest, "\r\n", &password))
		give_password(urls, password);
	else if (is_fine)
		is_fine = refuse(problem, "[redis] password_file is empty");
	if (content.len > 0)
		crypto_wipe(content.data, content.len);
	buf_finish(&content);
	buf_finish(&path);
	return is_fine;
}

bool redis_urls_read(
	const struct config *config, struct redis_urls *urls_out, struct buf *problem_out)
{
	struct buf problem = { 0 };
	bool is_read;

	*urls_out = (struct redis_urls){ 0 };
	is_read = read_addresses(&config->redis_url, urls_out, &problem);
	if (!is_read)
		buf_append_format(problem_out, "[redis] url: %s", buf_text(&problem));
	buf_finish(&problem);
	return is_read && read_password(config, urls_out, problem_out);
}

void redis_urls_finish(struct redis_urls *urls)
{
	for (size_t i = 0; i < urls->count; i++)
		redis_url_finish(&urls->items[i]);
	mem_free(urls->items);
	*urls = (struct redis_urls){ 0 };
}

bool redis_urls_check(const struct config *config, struct buf *problem_out)
{
	struct redis_urls urls = { 0 };
	bool is_fine = strcmp(config->layer_backend, "redis") != 0 ||
		       redis_urls_read(config, &urls, problem_out);

	redis_urls_finish(&urls);
	return is_fine;
}
