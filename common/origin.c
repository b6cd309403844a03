/* SPDX-License-Identifier: MIT */
/* Texts are read by authority.c and address.c; here they are only compared with the configuration.
 * What does not parse matches nothing. */
#include "common/origin.h"

#include "common/address.h"
#include "common/authority.h"

/* The end of a name that begins the DNS root (RFC 1034 3.1): "example.org." is "example.org". */
static struct str without_final_dot(struct str host)
{
	if (host.len > 1 && host.data[host.len - 1] == '.')
		host.len--;
	return host;
}

/* allowed is a name, ".name" for a domain and all below it, or "*". */
static bool host_matches(struct str host, struct str allowed)
{
	struct str domain;

	if (str_is(allowed, "*"))
		return true;
	if (allowed.len == 0 || allowed.data[0] != '.')
		return str_equals_ignore_case(host, without_final_dot(allowed));
	domain = without_final_dot(str_skip(allowed, 1));
	if (host.len <= domain.len)
		return str_equals_ignore_case(host, domain);
	return host.data[host.len - domain.len - 1] == '.' &&
	       str_equals_ignore_case(str_skip(host, host.len - domain.len), domain);
}

bool origin_host_is_allowed(const struct config *config, struct str host)
{
	const struct config_list *allowed = &config->site_allowed_hosts;
	struct authority authority;

	if (!authority_parse(host, &authority))
		return false;
	for (size_t i = 0; i < allowed->count; i++) {
		if (host_matches(without_final_dot(authority.host), str_from(allowed->items[i])))
			return true;
	}
	return false;
}

/* The origin that a request came to. */
static bool own_origin(struct str scheme, struct str host, struct web_origin *origin_out)
{
	origin_out->scheme = scheme;
	if (!authority_parse(host, &origin_out->authority))
		return false;
	if (origin_out->authority.port == 0)
		origin_out->authority.port = scheme_default_port(scheme);
	return true;
}

/* text is an origin, or a URL of one, whose path does not matter. */
static bool matches_text(const struct web_origin *origin, struct str text)
{
	struct web_origin other;

	return web_origin_parse(url_origin(text), &other) && web_origin_equals(origin, &other);
}

bool origin_is_allowed(
	const struct config *config, struct str text, struct str scheme, struct str host)
{
	const struct config_list *allowed = &config->site_allowed_origins;
	struct web_origin origin, own;

	if (!web_origin_parse(text, &origin))
		return false;
	if (own_origin(scheme, host, &own) && web_origin_equals(&origin, &own))
		return true;
	if (matches_text(&origin, str_from(config->site_base_url)))
		return true;
	for (size_t i = 0; i < allowed->count; i++) {
		if (matches_text(&origin, str_from(allowed->items[i])))
			return true;
	}
	return false;
}

bool origin_peer_is_trusted(const struct config *config, struct str peer)
{
	const struct config_list *trusted = &config->broker_trusted_proxies;
	struct address address;

	if (str_is(peer, "unix"))
		return true;
	if (!address_parse(peer, &address))
		return false;
	if (address_is_loopback(&address))
		return true;
	for (size_t i = 0; i < trusted->count; i++) {
		struct address_block block;

		if (address_block_parse(str_from(trusted->items[i]), &block) &&
			address_block_contains(&block, &address))
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
		struct address address;
		struct str entry;

		while (begin > 0 && forwarded_for.data[begin - 1] != ',')
			begin--;
		entry = str_trim(str_skip(forwarded_for, begin));
		forwarded_for.len = begin > 0 ? begin - 1 : 0;
		if (!address_parse(entry, &address))
			break; /* no address: what stands before it is worth nothing either */
		client = entry;
	}
	return client;
}
