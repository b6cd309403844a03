/* SPDX-License-Identifier: MIT */
/* The first byte tells the version. Version 1 is read only when its whole line is there (2.1), as
 * half an address may look like a whole one; anything that no header begins with is refused with
 * the byte that shows it. */
#include "broker/proxy_header.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/address.h"

#define V1_BYTES_MAX 107 /* 2.1, with the CRLF */
#define V1_PREFIX STR_OF("PROXY ")
#define V2_SIGNATURE STR_OF("\r\n\r\n\0\r\nQUIT\n")
#define V2_FIXED_BYTES 16
#define PORT_MAX 65535

enum v2_command { V2_LOCAL = 0x0, V2_PROXY = 0x1 };

/* The pairs of family and protocol that a sender may name (2.2); a family of NONE is passed over,
 * as what is told there is no address of a client over TCP. */
#define NONE AF_UNSPEC

static const struct {
	uint8_t byte;
	int family;
	size_t source_len; /* followed by the destination's, and two ports */
	size_t block_len;
} v2_families[] = {
	{ 0x00, NONE, 0, 0 },
	{ 0x01, NONE, 0, 0 },
	{ 0x02, NONE, 0, 0 },
	{ 0x10, NONE, 0, 0 },
	{ 0x11, AF_INET, 4, 12 },
	{ 0x12, NONE, 0, 12 },
	{ 0x20, NONE, 0, 0 },
	{ 0x21, AF_INET6, 16, 36 },
	{ 0x22, NONE, 0, 36 },
	{ 0x30, NONE, 0, 0 },
	{ 0x31, NONE, 0, 216 },
	{ 0x32, NONE, 0, 216 },
};

/* Whether bytes are the beginning of expected, or begin with it. */
static bool may_become(struct str bytes, struct str expected)
{
	size_t len = bytes.len < expected.len ? bytes.len : expected.len;

	return memcmp(bytes.data, expected.data, len) == 0;
}

static bool address_is_valid(struct str text, int family)
{
	struct address address;
	bool has_colon = str_find(text, ':') < text.len;

	return has_colon == (family == AF_INET6) && address_parse(text, &address);
}

static bool port_is_valid(struct str text)
{
	uint64_t port;

	if (text.len > 1 && text.data[0] == '0')
		return false;
	return str_to_uint64(text, &port) && port <= PORT_MAX;
}

/* rest is "SOURCE DESTINATION PORT PORT", each behind exactly one blank. */
static enum proxy_result parse_v1_addresses(struct str rest, int family, char *source_out)
{
	struct str words[4];

	for (size_t i = 0; i < 4; i++) {
		if (!str_next(&rest, ' ', &words[i]))
			return PROXY_VIOLATION;
	}
	if (rest.len > 0 || !address_is_valid(words[0], family) ||
		!address_is_valid(words[1], family) || !port_is_valid(words[2]) ||
		!port_is_valid(words[3]))
		return PROXY_VIOLATION;
	memcpy(source_out, words[0].data, words[0].len);
	source_out[words[0].len] = '\0';
	return PROXY_OK;
}

static enum proxy_result parse_v1_line(struct str line, char *source_out)
{
	struct str rest = str_skip(line, V1_PREFIX.len);

	if (str_is(rest, "UNKNOWN") || str_starts_with(rest, STR_OF("UNKNOWN ")))
		return PROXY_UNKNOWN; /* what follows is to be ignored */
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		return PROXY_VIOLATION;
	if (str_starts_with(rest, STR_OF("TCP4 ")))
		return parse_v1_addresses(str_skip(rest, 5), AF_INET, source_out);
	if (str_starts_with(rest, STR_OF("TCP6 ")))
		return parse_v1_addresses(str_skip(rest, 5), AF_INET6, source_out);
	return PROXY_VIOLATION;
}

static enum proxy_result parse_v1(struct str bytes, struct proxy_header *header_out)
{
	struct str window = str_range(
		bytes.data, bytes.len < V1_BYTES_MAX ? bytes.len : V1_BYTES_MAX);
	size_t line_len = str_find(window, '\r');

	if (str_find(window, '\n') < line_len)
		return PROXY_VIOLATION;
	if (line_len + 1 >= window.len) /* no CRLF yet */
		return window.len < V1_BYTES_MAX ? PROXY_NEED_MORE : PROXY_VIOLATION;
	if (window.data[line_len + 1] != '\n')
		return PROXY_VIOLATION;
	header_out->len = line_len + 2;
	return parse_v1_line(str_range(window.data, line_len), header_out->source);
}

static enum proxy_result parse_v2_addresses(struct str block, uint8_t family_byte, char *source_out)
{
	for (size_t i = 0; i < sizeof(v2_families) / sizeof(v2_families[0]); i++) {
		if (v2_families[i].byte != family_byte)
			continue;
		if (block.len < v2_families[i].block_len)
			return PROXY_VIOLATION;
		if (v2_families[i].family == NONE)
			return PROXY_UNKNOWN;
		inet_ntop(v2_families[i].family, block.data, source_out, PROXY_SOURCE_SIZE);
		return PROXY_OK;
	}
	return PROXY_VIOLATION;
}

static enum proxy_result parse_v2(struct str bytes, struct proxy_header *header_out)
{
	const uint8_t *fixed = (const uint8_t *)bytes.data + V2_SIGNATURE.len;
	size_t block_len;
	int command;

	if (bytes.len > V2_SIGNATURE.len && fixed[0] >> 4 != 2)
		return PROXY_VIOLATION;
	if (bytes.len < V2_FIXED_BYTES)
		return PROXY_NEED_MORE;
	block_len = (size_t)fixed[2] << 8 | fixed[3];
	command = fixed[0] & 0x0f;
	if (V2_FIXED_BYTES + block_len > PROXY_HEADER_BYTES_MAX || command > V2_PROXY)
		return PROXY_VIOLATION;
	if (bytes.len < V2_FIXED_BYTES + block_len)
		return PROXY_NEED_MORE;
	header_out->len = V2_FIXED_BYTES + block_len;
	if (command == V2_LOCAL)
		return PROXY_LOCAL; /* its family is to be ignored */
	return parse_v2_addresses(
		str_range(bytes.data + V2_FIXED_BYTES, block_len), fixed[1], header_out->source);
}

enum proxy_result proxy_header_parse(struct str bytes, struct proxy_header *header_out)
{
	*header_out = (struct proxy_header){ 0 };
	if (bytes.len == 0)
		return PROXY_NEED_MORE;
	if (may_become(bytes, V1_PREFIX))
		return bytes.len < V1_PREFIX.len ? PROXY_NEED_MORE : parse_v1(bytes, header_out);
	if (may_become(bytes, V2_SIGNATURE))
		return parse_v2(bytes, header_out);
	return PROXY_VIOLATION;
}
