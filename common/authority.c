/* SPDX-License-Identifier: MIT */
/* Hosts, ports and origins in text. Pure; knows no configuration. Hosts are ASCII as browsers
 * send them (IDN is Punycode by then), so that look-alikes in other scripts never reach a
 * comparison. */
#include "common/authority.h"

#include <string.h>

#include "common/address.h"

#define HOST_MAX 253 /* RFC 1035 2.3.4, in text */
#define HOST_LABEL_MAX 63
#define PORT_DIGITS_MAX 5

static const struct {
	struct str scheme;
	uint16_t port;
} default_ports[] = {
	{ STR("http"), 80 },
	{ STR("https"), 443 },
	{ STR("ws"), 80 },
	{ STR("wss"), 443 },
};

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool label_is_valid(struct str label)
{
	if (label.len == 0 || label.len > HOST_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		/* Not of host names proper, but names of containers have the underscore. */
		if (!is_letter_or_digit(label.data[i]) && label.data[i] != '-' &&
			label.data[i] != '_')
			return false;
	}
	return true;
}

static bool host_name_is_valid(struct str host)
{
	struct str label;

	if (host.len == 0 || host.len > HOST_MAX)
		return false;
	while (str_next(&host, '.', &label)) {
		if (!label_is_valid(label))
			return false;
	}
	return true;
}

static bool port_parse(struct str text, uint16_t *port_out)
{
	uint64_t port;

	if (text.len == 0 || text.data[0] == '0' || text.len > PORT_DIGITS_MAX ||
		!str_to_uint64(text, &port) || port > UINT16_MAX)
		return false;
	*port_out = (uint16_t)port;
	return true;
}

static bool bracketed_is_valid(struct str host)
{
	struct address address;
	struct str inner = str_skip(str_range(host.data, host.len - 1), 1);

	return str_find(inner, ':') < inner.len && address_parse(inner, &address);
}

bool authority_parse(struct str text, struct authority *authority_out)
{
	bool is_bracketed = text.len > 0 && text.data[0] == '[';
	size_t bracket = str_find(text, ']');
	size_t host_len = is_bracketed ? bracket + 1 : str_find(text, ':');

	if (is_bracketed && bracket == text.len)
		return false;
	authority_out->host = str_range(text.data, host_len);
	authority_out->port = 0;
	if (is_bracketed ? !bracketed_is_valid(authority_out->host)
			 : !host_name_is_valid(authority_out->host))
		return false;
	if (host_len == text.len)
		return true;
	return text.data[host_len] == ':' &&
	       port_parse(str_skip(text, host_len + 1), &authority_out->port);
}

static bool scheme_is_valid(struct str scheme)
{
	if (scheme.len == 0 || !is_letter_or_digit(scheme.data[0]) || scheme.data[0] <= '9')
		return false;
	for (size_t i = 0; i < scheme.len; i++) {
		char c = scheme.data[i];

		if (!is_letter_or_digit(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return true;
}

bool web_origin_parse(struct str text, struct web_origin *origin_out)
{
	size_t colon = str_find(text, ':');
	struct str rest = str_skip(text, colon);

	origin_out->scheme = str_range(text.data, colon);
	if (!scheme_is_valid(origin_out->scheme) || !str_starts_with(rest, STR_OF("://")))
		return false;
	if (!authority_parse(str_skip(rest, 3), &origin_out->authority))
		return false;
	if (origin_out->authority.port == 0)
		origin_out->authority.port = scheme_default_port(origin_out->scheme);
	return true;
}

struct str url_origin(struct str url)
{
	size_t colon = str_find(url, ':');
	size_t host = colon + strlen("://");

	if (!str_starts_with(str_skip(url, colon), STR_OF("://")))
		return STR_OF("");
	return str_range(url.data, host + str_find(str_skip(url, host), '/'));
}

bool web_origin_equals(const struct web_origin *a, const struct web_origin *b)
{
	return str_equals_ignore_case(a->scheme, b->scheme) &&
	       str_equals_ignore_case(a->authority.host, b->authority.host) &&
	       a->authority.port == b->authority.port;
}

uint16_t scheme_default_port(struct str scheme)
{
	for (size_t i = 0; i < sizeof(default_ports) / sizeof(default_ports[0]); i++) {
		if (str_equals_ignore_case(scheme, default_ports[i].scheme))
			return default_ports[i].port;
	}
	return 0;
}
