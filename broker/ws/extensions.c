/* SPDX-License-Identifier: MIT */
/* The header is read to its end whatever it offers: a mistake anywhere in it fails the handshake
 * (RFC 6455 9.1), while an offer with a parameter that is unknown, doubled or out of range is only
 * declined (RFC 7692 7). Blanks may stand between any two words, as its grammar is RFC 2616's. */
#include "broker/ws/extensions.h"

#include "broker/ws/deflate.h"
#include "broker/ws/handshake.h"

#define EXTENSION "permessage-deflate"
/* RFC 7692 7.1.2. */
#define BITS_MIN 8
#define BITS_MAX 15
#define BITS_DIGITS 2

enum parameter {
	SERVER_NO_CONTEXT_TAKEOVER,
	CLIENT_NO_CONTEXT_TAKEOVER,
	SERVER_MAX_WINDOW_BITS,
	CLIENT_MAX_WINDOW_BITS,
	PARAMETER_COUNT
};

static const struct parameter_row {
	const char *name;
	bool may_be_bare;
	bool may_have_bits;
} parameters[PARAMETER_COUNT] = {
	[SERVER_NO_CONTEXT_TAKEOVER] = { "server_no_context_takeover", true, false },
	[CLIENT_NO_CONTEXT_TAKEOVER] = { "client_no_context_takeover", true, false },
	[SERVER_MAX_WINDOW_BITS] = { "server_max_window_bits", false, true },
	[CLIENT_MAX_WINDOW_BITS] = { "client_max_window_bits", true, true },
};

/* As much of it as a value that means something could have. */
struct value {
	bool is_there;
	char text[BITS_DIGITS];
	size_t len; /* of all of it */
};

/* An extension that is being read. */
struct offer {
	bool is_declined;
	bool has[PARAMETER_COUNT];
	uint8_t window_bits; /* 0: none were named */
};

static void skip_blanks(struct str *rest)
{
	while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t'))
		*rest = str_skip(*rest, 1);
}

/* Takes c and the blanks around it; false, and only blanks taken, when something else is next. */
static bool take_separator(struct str *rest, char c)
{
	skip_blanks(rest);
	if (rest->len == 0 || rest->data[0] != c)
		return false;
	*rest = str_skip(*rest, 1);
	skip_blanks(rest);
	return true;
}

static bool take_token(struct str *rest, struct str *token_out)
{
	size_t len = 0;

	while (len < rest->len && handshake_is_token(str_range(rest->data + len, 1)))
		len++;
	*token_out = str_range(rest->data, len);
	*rest = str_skip(*rest, len);
	return len > 0;
}

static void append(struct value *value, char c)
{
	if (value->len < sizeof(value->text))
		value->text[value->len] = c;
	value->len++;
}

/* Behind the opening quote. What is quoted has to be a token too (RFC 6455 9.1). */
static bool take_quoted(struct str *rest, struct value *value)
{
	while (rest->len > 0 && rest->data[0] != '"') {
		if (rest->data[0] == '\\')
			*rest = str_skip(*rest, 1);
		if (rest->len == 0 || !handshake_is_token(str_range(rest->data, 1)))
			return false;
		append(value, rest->data[0]);
		*rest = str_skip(*rest, 1);
	}
	if (rest->len == 0)
		return false;
	*rest = str_skip(*rest, 1);
	return value->len > 0;
}

static bool take_value(struct str *rest, struct value *value)
{
	struct str token;

	value->is_there = true;
	if (rest->len > 0 && rest->data[0] == '"') {
		*rest = str_skip(*rest, 1);
		return take_quoted(rest, value);
	}
	if (!take_token(rest, &token))
		return false;
	for (size_t i = 0; i < token.len; i++)
		append(value, token.data[i]);
	return true;
}

/* Decimal, without a leading zero; 0 for anything else. */
static uint8_t window_bits_of(const struct value *value)
{
	uint64_t bits;

	if (value->len > sizeof(value->text) || value->text[0] == '0')
		return 0;
	if (!str_to_uint64(str_range(value->text, value->len), &bits))
		return 0;
	return bits >= BITS_MIN && bits <= BITS_MAX ? (uint8_t)bits : 0;
}

static bool value_is_valid(const struct parameter_row *row, const struct value *value)
{
	if (!value->is_there)
		return row->may_be_bare;
	return row->may_have_bits && window_bits_of(value) != 0;
}

static void judge_parameter(struct offer *offer, struct str name, const struct value *value)
{
	size_t i = 0;

	while (i < PARAMETER_COUNT && !str_is(name, parameters[i].name))
		i++;
	if (i == PARAMETER_COUNT || offer->has[i] || !value_is_valid(&parameters[i], value)) {
		offer->is_declined = true;
		return;
	}
	offer->has[i] = true;
	if (i == SERVER_MAX_WINDOW_BITS)
		offer->window_bits = window_bits_of(value);
}

/* extension-token *( ";" extension-param ); false when it is broken. */
static bool take_offer(struct str *rest, struct offer *offer)
{
	struct str name;

	if (!take_token(rest, &name))
		return false;
	offer->is_declined = !str_is(name, EXTENSION);
	while (take_separator(rest, ';')) {
		struct value value = { 0 };

		if (!take_token(rest, &name))
			return false;
		if (take_separator(rest, '=') && !take_value(rest, &value))
			return false;
		judge_parameter(offer, name, &value);
	}
	return true;
}

static void consider(
	const struct offer *offer, uint8_t least_window_bits, struct extensions *chosen)
{
	bool names_window = offer->has[SERVER_MAX_WINDOW_BITS];
	uint8_t bits = names_window ? offer->window_bits : DEFLATE_WINDOW_BITS_MAX;

	if (chosen->window_bits != 0 || offer->is_declined || bits < least_window_bits)
		return;
	*chosen = (struct extensions){ .window_bits = bits, .names_window = names_window };
}

/* Elements of a list may be empty (RFC 9110 5.6.1.2), a list may not: count says how many there
 * were. */
static bool read_line(
	struct str line, uint8_t least_window_bits, size_t *count, struct extensions *chosen)
{
	skip_blanks(&line);
	while (line.len > 0) {
		struct offer offer = { 0 };

		if (take_separator(&line, ','))
			continue;
		if (!take_offer(&line, &offer))
			return false;
		consider(&offer, least_window_bits, chosen);
		++*count;
		if (line.len > 0 && !take_separator(&line, ','))
			return false;
	}
	return true;
}

bool extensions_choose(const struct str *lines, size_t line_count, uint8_t least_window_bits,
	struct extensions *chosen_out)
{
	struct extensions chosen = { 0 };
	size_t count = 0;

	*chosen_out = chosen;
	for (size_t i = 0; i < line_count; i++) {
		if (!read_line(lines[i], least_window_bits, &count, &chosen))
			return false;
	}
	if (line_count > 0 && count == 0)
		return false;
	*chosen_out = chosen;
	return true;
}

void extensions_write(const struct extensions *chosen, struct buf *out)
{
	if (chosen->window_bits == 0)
		return;
	buf_append_format(out, EXTENSION "; %s; %s", parameters[SERVER_NO_CONTEXT_TAKEOVER].name,
		parameters[CLIENT_NO_CONTEXT_TAKEOVER].name);
	if (chosen->names_window)
		buf_append_format(out, "; %s=%u", parameters[SERVER_MAX_WINDOW_BITS].name,
			chosen->window_bits);
}
