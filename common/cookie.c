/* SPDX-License-Identifier: MIT */
/* Reads names strictly, as browsers send them: no folding of case, no quotes. Over http a cookie
 * with the prefix comes before plain ones, which any host near ours can set: where a proxy does not
 * tell that it speaks https, they would otherwise take the place of those that it cannot. */
#include "common/cookie.h"

#include <assert.h>
#include <inttypes.h>

static const struct str prefix = STR("__Host-");

/* RFC 6265 4.1.1: cookie-octet. */
static bool is_sendable(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return true;
}

/* Takes one text off the front of another. */
static bool take(struct str *text, struct str front)
{
	if (!str_starts_with(*text, front))
		return false;
	*text = str_skip(*text, front.len);
	return true;
}

/* Leaves header alone when there is none. */
static bool find(struct str *header, bool is_prefixed, struct str name, struct str *value_out)
{
	struct str rest = *header;
	struct str pair;

	while (str_next(&rest, ';', &pair)) {
		pair = str_trim(pair);
		if ((!is_prefixed || take(&pair, prefix)) && take(&pair, name) &&
			take(&pair, STR_OF("="))) {
			*header = rest;
			*value_out = pair;
			return true;
		}
	}
	return false;
}

bool cookie_next(struct str *header, const char *name, bool is_https, struct str *value_out)
{
	return find(header, true, str_from(name), value_out) ||
	       (!is_https && find(header, false, str_from(name), value_out));
}

void cookie_write(
	struct buf *out, const char *name, struct str value, bool is_https, int64_t max_age_seconds)
{
	assert(is_sendable(value));
	if (is_https)
		buf_append_str(out, prefix);
	buf_append_text(out, name);
	buf_append_char(out, '=');
	buf_append_str(out, value);
	buf_append_text(out, "; Path=/");
	if (max_age_seconds != COOKIE_FOR_THE_SESSION)
		buf_append_format(out, "; Max-Age=%" PRId64, max_age_seconds);
	buf_append_text(out, "; HttpOnly; SameSite=Lax");
	if (is_https)
		buf_append_text(out, "; Secure");
}
