/* SPDX-License-Identifier: MIT */
/* Links that let people register. Only the hash of a link is kept, so that it is shown once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "common/store/invites.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define TOKEN_SIZE 32 /* nobody guesses 256 bits */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define USES_DEFAULT 1
#define USES_MAX 1000000
#define DAYS_DEFAULT 7
#define DAYS_MAX 3650
#define LISTED_MAX 100000

static bool read_note(struct invite *invite, int *status_out)
{
	struct str note = str_from(manage_options.note);

	if (note.len >= sizeof(invite->note)) {
		*status_out = site_complain(
			EX_USAGE, "--note: at most %zu bytes", sizeof(invite->note) - 1);
		return false;
	}
	if (!utf8_is_valid(note)) {
		*status_out = site_complain(EX_USAGE, "--note: this is no UTF-8");
		return false;
	}
	if (note.len > 0)
		memcpy(invite->note, note.data, note.len);
	return true;
}

/* What the command line says about a new one. */
static bool read_options(struct invite *invite, int *status_out)
{
	int64_t days = DAYS_DEFAULT;

	*invite = (struct invite){ .created_ms = clock_wall_ms(), .uses_left = USES_DEFAULT };
	if (!number_read("--uses", manage_options.uses, USES_MAX, &invite->uses_left, status_out) ||
		!number_read("--days", manage_options.days, DAYS_MAX, &days, status_out))
		return false;
	invite->expires_ms = invite->created_ms + days * DAY_MS;
	return read_note(invite, status_out);
}

static void write_link(
	const struct config *config, const uint8_t token[static TOKEN_SIZE], struct buf *link)
{
	const char *base = config->site_base_url;

	buf_append_text(link, base[0] == '\0' ? "http://localhost" : base);
	buf_append_text(link, "/accounts/register/?invite=");
	crypto_base64_encode(link, token, TOKEN_SIZE);
}

static void add_what_is_known(struct record *record, const struct invite *invite)
{
	record_add_number(record, "uses", invite->uses_left);
	record_add_time(record, "expires", invite->expires_ms);
	record_add_time(record, "created", invite->created_ms);
	record_add_foreign_text(record, "note", invite->note);
}

static void print_new(const struct invite *invite, const char *link)
{
	struct record record;

	if (!record_is_json()) {
		puts(link);
		return;
	}
	record_begin(&record);
	record_add_id(&record, "id", invite->token_hash, INVITE_ID_SIZE);
	record_add_text(&record, "link", link);
	add_what_is_known(&record, invite);
	record_print(&record);
}

static int create(const struct config *config, struct accounts *accounts, const void *context)
{
	struct invite invite = *(const struct invite *)context;
	uint8_t token[TOKEN_SIZE];
	struct buf link = { 0 };
	enum store_problem problem;

	crypto_random(token, sizeof(token));
	crypto_sha256(str_range((const char *)token, sizeof(token)), invite.token_hash);
	problem = invites_add(accounts, &invite);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	write_link(config, token, &link);
	print_new(&invite, buf_text(&link));
	buf_finish(&link);
	if (strcmp(config->site_registration, "closed") == 0)
		site_complain(EX_OK, "nobody can use it while [site] registration is closed");
	return EX_OK;
}

int manage_invite_create(const struct config *config, const char *unused)
{
	struct invite invite;
	int status;

	(void)unused;
	if (!read_options(&invite, &status))
		return status;
	return site_with_accounts(config, create, &invite);
}

static bool list_one(void *context, const struct invite *invite)
{
	const int64_t *now_ms = context;
	struct record record;

	record_begin(&record);
	record_add_id(&record, "id", invite->token_hash, INVITE_ID_SIZE);
	record_add_flag(&record, "usable", invite->uses_left > 0 && invite->expires_ms > *now_ms);
	add_what_is_known(&record, invite);
	record_print(&record);
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *unused)
{
	int64_t now_ms = clock_wall_ms();
	enum store_problem problem = invites_list(accounts, LISTED_MAX, list_one, &now_ms);

	(void)unused;
	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_invite_list(const struct config *config, const char *unused)
{
	(void)unused;
	return site_with_accounts(config, list, NULL);
}

/* The invite that an id means. */
struct search {
	const char *id;
	struct invite invite;
	bool is_found;
};

static bool compare_id(void *context, const struct invite *invite)
{
	struct search *search = context;
	struct buf id = { 0 };

	buf_append_hex(&id, invite->token_hash, INVITE_ID_SIZE);
	search->is_found = str_is(buf_str(&id), search->id);
	buf_finish(&id);
	if (search->is_found)
		search->invite = *invite;
	return !search->is_found;
}

static int delete (const struct config *config, struct accounts *accounts, const void *context)
{
	const char *id = context;
	struct search search = { .id = id };
	struct log_quoted quoted;
	bool was_there = false;
	struct record record;
	enum store_problem problem = invites_list(accounts, LISTED_MAX, compare_id, &search);

	if (problem == STORE_OK && search.is_found)
		problem = invites_remove(accounts, search.invite.token_hash, &was_there);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (!was_there)
		return site_complain(EX_DATAERR, "%s: there is no such invite",
			log_quote(&quoted, str_from(id)));
	if (!record_is_json()) {
		printf("%s: is deleted\n", id);
		return EX_OK;
	}
	record_begin(&record);
	record_add_id(&record, "id", search.invite.token_hash, INVITE_ID_SIZE);
	add_what_is_known(&record, &search.invite);
	record_print(&record);
	return EX_OK;
}

int manage_invite_delete(const struct config *config, const char *id)
{
	return site_with_accounts(config, delete, id);
}
