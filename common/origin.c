/* SPDX-License-Identifier: MIT */
/* Authorities are cut into host and port by one function, for Host and Origin alike; nothing is
 * guessed, and what does not parse matches nothing. */
#include "common/origin.h"

#include <arpa/inet.h>
#include <string.h>

/* Scheme, host and port of an origin; the host without brackets' meaning, the port never empty. */
struct parts {
	struct str scheme;
	struct str host;
	struct str port;
};

static const struct {
	struct str scheme;
	struct str port;
} default_ports[] = { { STR("http"), STR("80") }, { STR("https"), STR("443") } };

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_';
}

static bool is_bracketed(struct str host)
{
	if (host.len < 4 || host.data[0] != '[' || host.data[host.len - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < host.len; i++) {
		if (strchr("0123456789abcdefABCDEF:.", host.data[i]) == NULL ||
			host.data[i] == '\0')
			return false;
	}
	return true;
}

static bool host_is_well_formed(struct str host)
{
	if (is_bracketed(host))
		return true;
	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_char(host.data[i]))
			return false;
	}
	return host.len > 0;
}

/* "host", "host:port", "[address]:port"; a final dot of the host is dropped. The port is empty
 * when there is none. */
static bool split_authority(struct str authority, struct str *host_out, struct str *port_out)
{
	size_t bracket = str_find(authority, ']');
	size_t from = bracket < authority.len ? bracket : 0;
	size_t colon = from + str_find(str_skip(authority, from), ':');
	uint64_t number;

	*host_out = str_range(authority.data, colon);
	*port_out = STR_OF("");
	if (colon < authority.len) {
		*port_out = str_skip(authority, colon + 1);
		if (port_out->len > 5 || !str_to_uint64(*port_out, &number) || number == 0 ||
			number > 65535 || port_out->data[0] == '0')
			return false;
	}
	if (host_out->len > 1 && host_out->data[host_out->len - 1] == '.')
		host_out->len--;
	return host_is_well_formed(*host_out);
}

static struct str default_port(struct str scheme)
{
	for (size_t i = 0; i < sizeof(default_ports) / sizeof(default_ports[0]); i++) {
		if (str_equals_ignore_case(scheme, default_ports[i].scheme))
			return default_ports[i].port;
	}
	return STR_OF("");
}

static bool fill_parts(struct str scheme, struct str authority, struct parts *parts_out)
{
	parts_out->scheme = scheme;
	if (!split_authority(authority, &parts_out->host, &parts_out->port))
		return false;
	if (parts_out->port.len == 0)
		parts_out->port = default_port(scheme);
	return parts_out->port.len > 0;
}

/* scheme://authority and nothing behind it (RFC 6454 6.2). */
static bool split_origin(struct str origin, struct parts *parts_out)
{
	size_t colon = str_find(origin, ':');
	struct str rest = str_skip(origin, colon);

	if (!str_starts_with(rest, STR_OF("://")))
		return false;
	return fill_parts(str_range(origin.data, colon), str_skip(rest, 3), parts_out);
}

static bool parts_match(const struct parts *a, const struct parts *b)
{
	return str_equals_ignore_case(a->scheme, b->scheme) &&
	       str_equals_ignore_case(a->host, b->host) && str_equals(a->port, b->port);
}

static bool matches_text(const struct parts *parts, struct str text)
{
	struct parts other;

	/* base_url may end in a slash or have a path: only what is before it is an origin. */
	if (text.len > 8) {
		size_t slash = 8 + str_find(str_skip(text, 8), '/');

		text.len = slash;
	}
	return split_origin(text, &other) && parts_match(parts, &other);
}

bool origin_host_is_allowed(const struct config *config, struct str host)
{
	struct str name, port;

	if (!split_authority(host, &name, &port))
		return false;
	for (size_t i = 0; i < config->site_allowed_hosts.count; i++) {
		struct str allowed = str_from(config->site_allowed_hosts.items[i]);
		struct str tail;

		if (str_is(allowed, "*") || str_equals_ignore_case(name, allowed))
			return true;
		if (allowed.len < 2 || allowed.data[0] != '.' || name.len + 1 < allowed.len)
			continue;
		tail = str_skip(name, name.len + 1 - allowed.len);
		if (str_equals_ignore_case(tail, str_skip(allowed, 1)) &&
			(tail.len == name.len || name.data[name.len - allowed.len] == '.'))
			return true;
	}
	return false;
}

bool origin_is_allowed(
	const struct config *config, struct str origin, struct str scheme, struct str host)
{
	struct parts parts, own;

	if (!split_origin(origin, &parts))
		return false;
	if (fill_parts(scheme, host, &own) && parts_match(&parts, &own))
		return true;
	if (config->site_base_url[0] != '\0' &&
		matches_text(&parts, str_from(config->site_base_url)))
		return true;
	for (size_t i = 0; i < config->site_allowed_origins.count; i++) {
		if (matches_text(&parts, str_from(config->site_allowed_origins.items[i])))
			return true;
	}
	return false;
}

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static bool read_address(struct str text, struct in6_addr *address_out)
{
	char copy[INET6_ADDRSTRLEN + 8] = "::ffff:";
	size_t prefix = strlen(copy);

	if (text.len == 0 || text.len >= sizeof(copy) - prefix)
		return false;
	memcpy(copy + prefix, text.data, text.len);
	copy[prefix + text.len] = '\0';
	if (inet_pton(AF_INET6, copy + prefix, address_out) == 1)
		return true;
	return memchr(text.data, ':', text.len) == NULL &&
	       inet_pton(AF_INET6, copy, address_out) == 1;
}

static bool is_within(const struct in6_addr *address, struct str block)
{
	size_t slash = str_find(block, '/');
	struct str network_text = str_range(block.data, slash);
	bool is_four = memchr(network_text.data, ':', network_text.len) == NULL;
	struct in6_addr network;
	uint64_t bits = 128;

	if (!read_address(network_text, &network))
		return false;
	if (slash < block.len) {
		if (!str_to_uint64(str_skip(block, slash + 1), &bits) ||
			bits > (is_four ? 32 : 128))
			return false;
		bits += is_four ? 96 : 0;
	}
	for (size_t i = 0; i < bits; i++) {
		unsigned differs = (unsigned)(address->s6_addr[i / 8] ^ network.s6_addr[i / 8]);

		if ((differs >> (7 - i % 8)) & 1)
			return false;
	}
	return true;
}

bool origin_peer_is_trusted(const struct config *config, struct str peer)
{
	struct in6_addr address;

	if (str_is(peer, "unix"))
		return true;
	if (!read_address(peer, &address))
		return false;
	if (is_within(&address, STR_OF("127.0.0.0/8")) || is_within(&address, STR_OF("::1")))
		return true;
	for (size_t i = 0; i < config->broker_trusted_proxies.count; i++) {
		if (is_within(&address, str_from(config->broker_trusted_proxies.items[i])))
			return true;
	}
	return false;
}

struct str origin_client_address(
	const struct config *config, struct str peer, struct str forwarded_for)
{
	struct str client = peer;

	while (origin_peer_is_trusted(config, client) && forwarded_for.len > 0) {
		size_t begin = forwarded_for.len;
		struct in6_addr address;
		struct str entry;

		while (begin > 0 && forwarded_for.data[begin - 1] != ',')
			begin--;
		entry = str_trim(str_skip(forwarded_for, begin));
		forwarded_for.len = begin > 0 ? begin - 1 : 0;
		if (!read_address(entry, &address))
			break; /* no address: what stands before it is worth nothing either */
		client = entry;
	}
	return client;
}
