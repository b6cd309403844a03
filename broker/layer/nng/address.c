/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/address.h"

#include <string.h>

#include "common/authority.h"
#include "common/base/str.h"

static const struct {
	const char *suffix; /* of the path */
	unsigned port_offset;
} sockets[] = {
	[ADDRESS_ASKS] = { ".req", 0 },
	[ADDRESS_STREAM] = { ".pub", 1 },
};

bool address_is_tcp(const char *url)
{
	return str_starts_with(str_from(url), STR_OF("tcp://"));
}

bool address_check(const struct config *config, struct buf *problem_out)
{
	bool is_hub = config_is_hub(config), is_edge = config_is_edge(config);
	const char *problem = NULL;

	if (!str_is(str_from(config->layer_backend), "nng"))
		return true;
	if (is_hub == is_edge)
		problem = "backend = nng takes either listen (then this is the hub) or hub (then "
			  "this is an edge)";
	else if (address_is_tcp(is_hub ? config->layer_listen : config->layer_hub) &&
		 config->layer_key_file[0] == '\0')
		problem = "tcp:// takes a key_file, because anybody can connect to it";
	else if (is_edge && config->route_count > 0)
		problem = "an edge takes no [routes]: its hub copies what is said at any broker";
	if (problem != NULL)
		buf_append_format(problem_out, "[layer] %s", problem);
	return problem == NULL;
}

const char *address_path(
	const struct config *config, const char *url, enum address_socket socket, struct buf *out)
{
	config_path(config, out, url + strlen("ipc://"));
	buf_append_text(out, sockets[socket].suffix);
	return buf_text(out);
}

/* The URL has a port: config_check_hub has checked it. */
static const char *tcp_url(const char *url, enum address_socket socket, struct buf *out)
{
	struct str text = str_from(url);
	struct authority authority;
	size_t colon = text.len;

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	buf_clear(out);
	if (authority_parse(str_skip(text, strlen("tcp://")), &authority))
		buf_append_format(out, "%.*s%u", (int)colon, url,
			authority.port + sockets[socket].port_offset);
	return buf_text(out);
}

const char *address_url(
	const struct config *config, const char *url, enum address_socket socket, struct buf *out)
{
	struct buf path = { 0 };

	if (address_is_tcp(url))
		return tcp_url(url, socket, out);
	buf_clear(out);
	buf_append_format(out, "ipc://%s", address_path(config, url, socket, &path));
	buf_finish(&path);
	return buf_text(out);
}
