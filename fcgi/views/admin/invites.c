/* SPDX-License-Identifier: MIT */
/* Links that let people register. Only the hash of a link is kept, so that it is shown once. */
#include <inttypes.h>
#include <string.h>

#include "common/store/invites.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/admin/number.h"

#define TOKEN_SIZE 32 /* nobody guesses 256 bits */
#define ID_BYTES 8 /* of the hash, in hexadecimal digits: what an invitation is called by */
#define DAYS_DEFAULT 7
#define USES_MAX 1000000

static void write_id(const struct invite *invite, struct buf *out)
{
	buf_append_hex(out, invite->token_hash, ID_BYTES);
}

static bool is_usable(const struct admin_desk *desk, const struct invite *invite)
{
	return invite->uses_left > 0 && invite->expires_ms > desk->now_ms;
}

static bool is_wanted(const struct admin_listing *listing, const struct invite *invite)
{
	bool is_good = is_usable(listing->desk, invite);

	if ((admin_listing_has_filter(listing, "usable") && !is_good) ||
		(admin_listing_has_filter(listing, "over") && is_good))
		return false;
	return desk_has_part(str_from(invite->note), buf_str(&listing->search));
}

/* The last row of the page before; it may be gone meanwhile. */
struct reading {
	struct admin_listing *listing; /* borrowed */
	int64_t after_ms; /* when it was made */
	struct str after_id; /* "": there is no page before */
};

/* Newest first, and by id where several are of one moment. */
static bool is_passed(const struct reading *reading, const struct invite *invite, struct str id)
{
	if (reading->after_id.len == 0 || invite->created_ms < reading->after_ms)
		return false;
	return invite->created_ms > reading->after_ms || str_compare(id, reading->after_id) <= 0;
}

static void show(struct admin_listing *listing, const struct invite *invite, struct str id)
{
	struct admin_page *page = listing->page;
	bool is_good = is_usable(listing->desk, invite);

	admin_row(page, id, invite->note[0] == '\0' ? id : str_from(invite->note), STR_OF(""));
	admin_cell_mark(
		page, "mark", admin_say(page, is_good ? MESSAGE("usable") : MESSAGE("over")));
	admin_cell_number(page, invite->uses_left);
	admin_cell_time(page, invite->expires_ms);
	admin_cell_time(page, invite->created_ms);
	admin_row_end(page);
}

static bool show_one(void *context, const struct invite *invite)
{
	struct reading *reading = context;
	struct buf id = { 0 }, key = { 0 };
	bool goes_on = true;

	write_id(invite, &id);
	if (!is_passed(reading, invite, buf_str(&id)) && is_wanted(reading->listing, invite)) {
		buf_append_format(&key, "%" PRId64 "-%s", invite->created_ms, buf_text(&id));
		goes_on = admin_listing_take(reading->listing, buf_str(&key));
		if (goes_on)
			show(reading->listing, invite, buf_str(&id));
	}
	buf_finish(&key);
	buf_finish(&id);
	return goes_on;
}

static void read_invites(struct admin_listing *listing)
{
	struct reading reading = { listing, 0, STR("") };
	struct str rest = buf_str(&listing->after), time;
	uint64_t time_ms = 0;

	if (str_next(&rest, '-', &time) && str_to_uint64(time, &time_ms)) {
		reading.after_ms = (int64_t)time_ms;
		reading.after_id = rest;
	}
	listing->problem = desk_judge(listing->desk,
		invites_list(listing->desk->accounts, INT32_MAX, show_one, &reading));
}

struct finding {
	struct str id;
	struct invite invite;
	bool is_found;
};

static bool compare_id(void *context, const struct invite *invite)
{
	struct finding *finding = context;
	struct buf id = { 0 };

	write_id(invite, &id);
	finding->is_found = str_equals(buf_str(&id), finding->id);
	buf_finish(&id);
	if (finding->is_found)
		finding->invite = *invite;
	return !finding->is_found;
}

static const char *find(struct admin_desk *desk, struct str id, struct invite *invite_out)
{
	struct finding finding = { .id = id };
	const char *problem = desk_judge(
		desk, invites_list(desk->accounts, INT32_MAX, compare_id, &finding));

	*invite_out = finding.invite;
	return problem == NULL && !finding.is_found ? MESSAGE("This invitation is gone already.")
						    : problem;
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct invite invite;

	if (find(desk, id, &invite) == NULL)
		buf_append_text(out, invite.note);
}

static const char *run_delete(struct admin_desk *desk, struct str id)
{
	struct invite invite;
	bool was_there;
	const char *problem = find(desk, id, &invite);

	if (problem == NULL)
		problem = desk_judge(
			desk, invites_remove(desk->accounts, invite.token_hash, &was_there));
	return problem;
}

static void write_link(
	const struct admin_desk *desk, const uint8_t token[static TOKEN_SIZE], struct buf *link)
{
	const struct request *request = desk->request;
	const char *base = desk->app->config->site_base_url;

	if (base[0] != '\0')
		buf_append_text(link, base);
	else
		buf_append_format(link, "%.*s://%.*s", STR_ARG(request->scheme),
			STR_ARG(request->variables.host));
	router_reverse(desk->app->config, request, "register", STR_OF(""), link);
	buf_append_text(link, "?invite=");
	crypto_base64_encode(link, token, TOKEN_SIZE);
}

static const char *read_form(const struct admin_desk *desk, struct invite *invite)
{
	struct buf note = { 0 };
	int64_t days;
	bool is_short;

	*invite = (struct invite){ .created_ms = desk->now_ms };
	if (!admin_read_number(desk, "uses", 1, USES_MAX, &invite->uses_left) ||
		!admin_read_number(desk, "days", DAYS_DEFAULT, ADMIN_DAYS_MAX, &days) ||
		invite->uses_left == 0 || days == 0)
		return MESSAGE("Uses and days are numbers from 1 on.");
	invite->expires_ms = invite->created_ms + days * ADMIN_DAY_MS;
	page_read_field(desk->request->body, "note", &note);
	is_short = note.len < sizeof(invite->note);
	if (is_short)
		memcpy(invite->note, buf_text(&note), note.len + 1);
	buf_finish(&note);
	return is_short ? NULL : MESSAGE("The note is too long.");
}

static const char *make(struct admin_desk *desk, struct buf *secret)
{
	uint8_t token[TOKEN_SIZE];
	struct invite invite;
	const char *problem = read_form(desk, &invite);

	if (problem != NULL)
		return problem;
	crypto_random(token, sizeof(token));
	crypto_sha256(str_range((const char *)token, sizeof(token)), invite.token_hash);
	problem = desk_judge(desk, invites_add(desk->accounts, &invite));
	if (problem == NULL)
		write_link(desk, token, secret);
	return problem;
}

static const struct admin_field fields[] = {
	{ .kind = ADMIN_NUMBER,
		.name = "uses",
		.label = MESSAGE("How many people"),
		.hint = MESSAGE("Empty: one.") },
	{ .kind = ADMIN_NUMBER,
		.name = "days",
		.label = MESSAGE("For how many days"),
		.hint = MESSAGE("Empty: 7.") },
	{ .kind = ADMIN_TEXT,
		.name = "note",
		.label = MESSAGE("Note"),
		.hint = MESSAGE("Whom it is for.") },
	{ .name = NULL },
};

static const struct admin_form form = { "add", MESSAGE("Invite people"), MESSAGE("Make a link"),
	fields, false };

static const struct admin_action actions[] = {
	{ "delete", MESSAGE("Delete"), MESSAGE("Delete these invitations?"), NULL, true,
		run_delete },
	{ .word = NULL },
};

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "usable", MESSAGE("Usable") },
	{ "over", MESSAGE("Over") },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Note"), MESSAGE("State"), MESSAGE("Uses left"),
	MESSAGE("Until"), MESSAGE("Made"), NULL };

static const char *const keys[] = { "note", "state", "uses_left", "until", "created" };

const struct admin_list admin_invites = {
	.name = "invites",
	.title = MESSAGE("Invitations"),
	.intro = MESSAGE("Links that let people register where that needs an invitation."),
	.search_label = MESSAGE("Part of the note"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.actions = actions,
	.form = &form,
	.secret_notice = MESSAGE("The link, which is shown this once:"),
	.read = read_invites,
	.write_name = write_name,
	.make = make,
};
