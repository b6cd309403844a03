/* SPDX-License-Identifier: MIT */
/* Nothing of a token is looked at before its signature but the name of the algorithm, which is not
 * a choice: it must be ours. */
#include "common/ticket.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/json.h"

#define ALGORITHM "HS256"

/* A token in its parts. */
struct token {
	struct str signed_text; /* header '.' claims, as they were sent */
	struct str header; /* base64url */
	struct str claims; /* base64url */
	struct str signature; /* base64url */
};

static const struct {
	const char *code;
	const char *sentence;
} problems[] = {
	[TICKET_OK] = { "ok", "The ticket is good." },
	[TICKET_MALFORMED] = { "malformed", "This is not a signed JSON Web Token." },
	[TICKET_ALGORITHM] = { "algorithm", "The ticket is not signed with HS256." },
	[TICKET_SIGNATURE] = { "signature", "The ticket is signed with another key." },
	[TICKET_CLAIMS] = { "claims",
		"The ticket lacks one of sub, jti, iat and exp, or one of its claims is not what "
		"it should be." },
	[TICKET_AUDIENCE] = { "audience", "The ticket is for another audience." },
	[TICKET_LIFETIME] = { "lifetime", "The ticket is good for longer than five minutes." },
	[TICKET_EXPIRED] = { "expired", "The ticket is too old." },
	[TICKET_EARLY] = { "early", "The ticket is from the future: compare the clocks." },
	[TICKET_STALE] = { "stale",
		"The ticket is from before the broker's start; it may have been used." },
	[TICKET_USED] = { "used", "The ticket has been used." },
	[TICKET_OTHER_ROOM] = { "room", "The ticket is for another room." },
	[TICKET_TOO_MANY] = { "too_many", "Too many tickets have been used in the last minutes." },
};

static bool token_split(struct str text, struct token *token)
{
	struct str rest = text;

	if (text.len > TICKET_BYTES_MAX || !str_next(&rest, '.', &token->header) ||
		!str_next(&rest, '.', &token->claims) || str_find(rest, '.') < rest.len)
		return false;
	token->signature = rest;
	token->signed_text = str_range(text.data, token->header.len + 1 + token->claims.len);
	return true;
}

/* A JSON object in base64url; NULL for anything else. */
static struct json *decode_object(struct str encoded)
{
	uint8_t decoded[TICKET_BYTES_MAX];
	const char *problem;
	struct json *object;
	size_t len;

	if (!crypto_base64_decode(encoded, decoded, sizeof(decoded), &len))
		return NULL;
	object = json_parse(str_range((const char *)decoded, len), &problem);
	if (json_is_object(object))
		return object;
	json_destroy(object);
	return NULL;
}

/* RFC 7515 4.1.11: extensions that must be understood are not. */
static enum ticket_problem check_header(struct str encoded)
{
	struct json *header = decode_object(encoded);
	enum ticket_problem problem = TICKET_MALFORMED;
	struct str algorithm;

	if (json_get_string(json_find(header, "alg"), &algorithm))
		problem = str_is(algorithm, ALGORITHM) ? TICKET_OK : TICKET_ALGORITHM;
	if (json_find(header, "crit") != NULL)
		problem = TICKET_ALGORITHM;
	json_destroy(header);
	return problem;
}

static bool signature_matches(const struct token *token, const struct ticket_terms *terms)
{
	uint8_t signature[CRYPTO_MAC_SIZE], expected[CRYPTO_MAC_SIZE];
	bool is_match = false;
	size_t len;

	if (!crypto_base64_decode(token->signature, signature, sizeof(signature), &len) ||
		len != sizeof(signature))
		return false;
	for (size_t i = 0; i < sizeof(terms->keys) / sizeof(terms->keys[0]); i++) {
		if (terms->keys[i].len < TICKET_KEY_BYTES_MIN)
			continue;
		crypto_mac_any(terms->keys[i], token->signed_text, expected);
		is_match |= crypto_equals(signature, expected, sizeof(signature));
	}
	return is_match;
}

/* RFC 7519 4.1.3: one text, or a list of them. */
static bool is_audience(const struct json *claim, struct str audience)
{
	struct str text;

	if (json_get_string(claim, &text))
		return str_equals(text, audience);
	for (size_t i = 0; i < json_count(claim); i++) {
		if (json_get_string(json_at(claim, i), &text) && str_equals(text, audience))
			return true;
	}
	return false;
}

/* A text of 1 to size - 1 bytes, without a NUL. */
static bool copy_text(struct str text, char *out, size_t size)
{
	if (text.len == 0 || text.len >= size || str_find(text, '\0') < text.len)
		return false;
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

static bool copy_claim(const struct json *claims, const char *key, char *out, size_t size)
{
	struct str text;

	return json_get_string(json_find(claims, key), &text) && copy_text(text, out, size);
}

/* What is not claimed is fine; a claim of another type is not. */
static bool read_name(const struct json *claim, struct ticket *ticket)
{
	struct str raw = str_from(ticket->subject);
	struct buf name = { 0 };
	bool is_good = (claim == NULL || json_get_string(claim, &raw)) &&
		       name_normalize(raw, NAME_PERSON_MAX, &name) == NAME_OK &&
		       copy_text(buf_str(&name), ticket->name, sizeof(ticket->name));

	buf_finish(&name);
	return is_good;
}

static bool read_room(const struct json *claim, struct ticket *ticket)
{
	struct buf room = { 0 };
	struct str raw;
	bool is_good = claim == NULL;

	if (json_get_string(claim, &raw))
		is_good = room_name_normalize(raw, &room) == NAME_OK &&
			  copy_text(buf_str(&room), ticket->room, sizeof(ticket->room));
	buf_finish(&room);
	return is_good;
}

static bool read_not_before(const struct json *claim, struct ticket *ticket)
{
	return claim == NULL || json_get_integer(claim, &ticket->not_before_s);
}

static bool read_claims(const struct json *claims, struct ticket *ticket)
{
	*ticket = (struct ticket){ 0 };
	return copy_claim(claims, "sub", ticket->subject, sizeof(ticket->subject)) &&
	       copy_claim(claims, "jti", ticket->number, sizeof(ticket->number)) &&
	       json_get_integer(json_find(claims, "iat"), &ticket->issued_s) &&
	       json_get_integer(json_find(claims, "exp"), &ticket->expires_s) &&
	       read_not_before(json_find(claims, "nbf"), ticket) && ticket->issued_s > 0 &&
	       read_name(json_find(claims, "name"), ticket) &&
	       read_room(json_find(claims, "room"), ticket);
}

static enum ticket_problem check_times(const struct ticket *ticket, int64_t now_s)
{
	if (ticket->expires_s <= now_s)
		return TICKET_EXPIRED;
	if (ticket->issued_s > now_s + TICKET_LEEWAY_SECONDS ||
		ticket->not_before_s > now_s + TICKET_LEEWAY_SECONDS)
		return TICKET_EARLY;
	if (ticket->expires_s - ticket->issued_s > TICKET_LIFETIME_SECONDS_MAX)
		return TICKET_LIFETIME;
	return TICKET_OK;
}

static enum ticket_problem check_claims(
	const struct json *claims, const struct ticket_terms *terms, struct ticket *ticket)
{
	if (!read_claims(claims, ticket))
		return TICKET_CLAIMS;
	if (!is_audience(json_find(claims, "aud"), terms->audience))
		return TICKET_AUDIENCE;
	return check_times(ticket, terms->now_s);
}

enum ticket_problem ticket_read(
	struct str token_text, const struct ticket_terms *terms, struct ticket *ticket)
{
	struct token token;
	struct json *claims;
	enum ticket_problem problem = TICKET_MALFORMED;

	if (token_split(token_text, &token))
		problem = check_header(token.header);
	if (problem != TICKET_OK)
		return problem;
	if (!signature_matches(&token, terms))
		return TICKET_SIGNATURE;
	claims = decode_object(token.claims);
	problem = claims == NULL ? TICKET_MALFORMED : check_claims(claims, terms, ticket);
	json_destroy(claims);
	return problem;
}

static void write_claims(
	const struct ticket *ticket, const struct ticket_terms *terms, struct buf *out)
{
	struct json_writer writer = json_writer_to(out);

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "sub", str_from(ticket->subject));
	if (ticket->name[0] != '\0')
		json_add_string(&writer, "name", str_from(ticket->name));
	if (ticket->room[0] != '\0')
		json_add_string(&writer, "room", str_from(ticket->room));
	json_add_string(&writer, "aud", terms->audience);
	json_add_integer(&writer, "iat", ticket->issued_s);
	json_add_integer(&writer, "exp", ticket->expires_s);
	json_add_string(&writer, "jti", str_from(ticket->number));
	json_end_object(&writer);
}

void ticket_write(const struct ticket *ticket, const struct ticket_terms *terms, struct buf *out)
{
	static const struct str header = STR("{\"alg\": \"" ALGORITHM "\", \"typ\": \"JWT\"}");
	uint8_t signature[CRYPTO_MAC_SIZE];
	struct buf claims = { 0 };
	size_t start = out->len;

	write_claims(ticket, terms, &claims);
	crypto_base64_encode(out, header.data, header.len);
	buf_append_char(out, '.');
	crypto_base64_encode(out, claims.data, claims.len);
	crypto_mac_any(terms->keys[0], str_range(out->data + start, out->len - start), signature);
	buf_append_char(out, '.');
	crypto_base64_encode(out, signature, sizeof(signature));
	buf_finish(&claims);
}

const char *ticket_problem_code(enum ticket_problem problem)
{
	return problems[problem].code;
}

const char *ticket_problem_sentence(enum ticket_problem problem)
{
	return problems[problem].sentence;
}
