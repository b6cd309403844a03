/* SPDX-License-Identifier: MIT */
/* The checks of single values. Each returns the end of a sentence that says how to correct the
 * value. Pure: a check asks only whether a value can be meant, never whether the host has it. */
#include "common/config_check.h"

#include <ctype.h>
#include <string.h>

#include "common/address.h"
#include "common/authority.h"

/* sun_path has 108 bytes on Linux, with the NUL; a relative path gets the state directory before
 * it. */
#define UNIX_PATH_MAX_BYTES 107

static bool is_path_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

static bool segment_is_valid(struct str segment)
{
	if (segment.len == 0 || str_is(segment, ".") || str_is(segment, ".."))
		return false;
	for (size_t i = 0; i < segment.len; i++) {
		if (!is_path_character(segment.data[i]))
			return false;
	}
	return true;
}

/* rest is a path after its first slash. A final slash ends the last segment and begins none. */
static bool segments_are_valid(struct str rest)
{
	struct str segment;

	while (str_next(&rest, '/', &segment)) {
		if (!segment_is_valid(segment))
			return false;
	}
	return true;
}

const char *config_check_mount(struct str value)
{
	if (!str_starts_with(value, STR_OF("/")) || !str_ends_with(value, STR_OF("/")))
		return "must begin and end with '/'";
	if (!segments_are_valid(str_skip(value, 1)))
		return "must be made of path segments of letters, digits, '_', '.' and '-'";
	return NULL;
}

const char *config_check_base_url(struct str value)
{
	struct web_origin origin;
	bool is_web = str_starts_with(value, STR_OF("http://")) ||
		      str_starts_with(value, STR_OF("https://"));

	if (value.len == 0)
		return NULL;
	if (str_ends_with(value, STR_OF("/")))
		value.len--;
	if (!is_web || !web_origin_parse(value, &origin))
		return "must be http:// or https:// and a host, without a path (that is what mount "
		       "is for)";
	return NULL;
}

const char *config_check_socket_url(struct str value)
{
	struct str start = url_origin(value);
	struct str path = str_skip(value, start.len);
	struct web_origin origin;
	bool is_socket = str_starts_with(start, STR_OF("ws://")) ||
			 str_starts_with(start, STR_OF("wss://"));

	if (value.len == 0)
		return NULL;
	if (start.len > 0 && (!is_socket || !web_origin_parse(start, &origin)))
		return "must be ws:// or wss:// with a host and a path, or only a path such as "
		       "/ws/";
	if (!str_starts_with(path, STR_OF("/")) || !segments_are_valid(str_skip(path, 1)))
		return "must have a path, of segments of letters, digits, '_', '.' and '-'";
	return NULL;
}

const char *config_check_host(struct str value)
{
	struct authority authority;
	struct str host = str_starts_with(value, STR_OF(".")) ? str_skip(value, 1) : value;

	if (str_is(value, "*"))
		return NULL;
	if (!authority_parse(host, &authority) || authority.port != 0)
		return "must be a host without a port, a .domain with all below it, or *";
	return NULL;
}

const char *config_check_origin(struct str value)
{
	struct web_origin origin;

	return web_origin_parse(value, &origin) ? NULL
						: "must be SCHEME://HOST or SCHEME://HOST:PORT";
}

const char *config_check_listen(struct str value)
{
	struct authority authority;

	if (str_starts_with(value, STR_OF("proxy:")))
		value = str_skip(value, strlen("proxy:"));
	if (str_starts_with(value, STR_OF("unix:"))) {
		struct str path = str_skip(value, strlen("unix:"));

		return path.len > 0 && path.len <= UNIX_PATH_MAX_BYTES
			       ? NULL
			       : "must have a path of 1 to 107 bytes behind unix:";
	}
	if (!authority_parse(value, &authority) || authority.port == 0)
		return "must be unix:PATH, HOST:PORT or [ADDRESS]:PORT";
	return NULL;
}

const char *config_check_peer(struct str value)
{
	static const struct str schemes[] = { STR("ipc://"), STR("tcp://"), STR("tls+tcp://") };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (str_starts_with(value, schemes[i]) && value.len > schemes[i].len)
			return NULL;
	}
	return "must be an ipc://, tcp:// or tls+tcp:// address";
}

const char *config_check_hub(struct str value)
{
	struct str ipc = STR_OF("ipc://"), tcp = STR_OF("tcp://");
	struct authority authority;

	if (value.len == 0 || (str_starts_with(value, ipc) && value.len > ipc.len))
		return NULL;
	if (str_starts_with(value, tcp) && authority_parse(str_skip(value, tcp.len), &authority) &&
		authority.port > 0)
		return NULL;
	return "must be ipc://PATH or tcp://HOST:PORT";
}

const char *config_check_accounts(struct str value)
{
	struct str ipc = STR_OF("ipc://");

	if (value.len == 0 || str_is(value, "here") || str_is(value, "hub") ||
		(str_starts_with(value, ipc) && value.len > ipc.len))
		return NULL;
	return "must be here, hub or ipc://PATH";
}

const char *config_check_address_block(struct str value)
{
	struct address_block block;

	return address_block_parse(value, &block)
		       ? NULL
		       : "must be an IP address or a block such as 10.0.0.0/8";
}

const char *config_check_path(struct str value)
{
	return value.len > 0 ? NULL : "must not be empty";
}

/* Deleting all of Django's keys would delete ours with them. */
static bool begins_like_ours(struct str prefix)
{
	struct str ours = STR("roomwire:");

	return prefix.len > 0 && (str_starts_with(prefix, ours) || str_starts_with(ours, prefix));
}

const char *config_check_prefix(struct str value)
{
	bool is_visible = true;

	if (begins_like_ours(value))
		return "must not begin as our own keys do, with roomwire:";
	for (size_t i = 0; i < value.len; i++)
		is_visible = is_visible && isgraph((unsigned char)value.data[i]);
	return is_visible && value.len >= 1 && value.len <= 40
		       ? NULL
		       : "must have 1 to 40 visible ASCII characters";
}

const char *config_check_header(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!isalnum((unsigned char)value.data[i]) && value.data[i] != '-')
			return "must be the name of a header such as X-Remote-User";
	}
	return NULL;
}

const char *config_check_hub_accounts(const struct config *config)
{
	if (!str_is(str_from(config->accounts_broker), "hub") || config_is_edge(config))
		return NULL;
	return config_is_hub(config)
		       ? "broker = hub is for edges: this is the hub, and its accounts are here"
		       : "broker = hub is for an edge, which has [layer] backend = nng and hub";
}

const char *config_check_site(const struct config *config)
{
	struct web_origin base, socket;

	if (!web_origin_parse(url_origin(str_from(config->site_base_url)), &base) ||
		!web_origin_parse(url_origin(str_from(config->site_socket_url)), &socket))
		return NULL; /* one of them is taken from the request */
	if (!str_equals_ignore_case(base.authority.host, socket.authority.host))
		return "socket_url must name the host of base_url (its port may be another): "
		       "browsers send the visitor's cookie to no other host";
	if (str_equals_ignore_case(base.scheme, STR_OF("https")) &&
		!str_equals_ignore_case(socket.scheme, STR_OF("wss")))
		return "socket_url must be wss:// as base_url is https://: browsers let pages on "
		       "https open no other sockets";
	return NULL;
}
