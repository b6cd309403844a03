/* SPDX-License-Identifier: MIT */
/* Bans and mutes that are not over, of rooms and of the whole site; accounts that are banned as
 * such are among the people. */
#include <inttypes.h>

#include "common/room_name.h"
#include "fcgi/views/admin/lists.h"

static bool is_wanted(const struct admin_listing *listing, const struct sanction_row *row)
{
	if (admin_listing_has_filter(listing, "bans"))
		return row->kind == SANCTION_BAN;
	if (admin_listing_has_filter(listing, "mutes"))
		return row->kind == SANCTION_MUTE;
	return !admin_listing_has_filter(listing, "site") || row->room[0] == '\0';
}

static struct str describe(struct admin_page *page, const struct sanction_row *row)
{
	if (row->kind == SANCTION_MUTE)
		return admin_say(page, MESSAGE("muted"));
	return admin_say(page, row->subject == SANCTION_SESSION   ? MESSAGE("session banned")
			       : row->subject == SANCTION_ADDRESS ? MESSAGE("address banned")
								  : MESSAGE("banned"));
}

static bool show(void *context, const struct sanction_row *row)
{
	struct admin_listing *listing = context;
	struct admin_page *page = listing->page;
	struct str id = admin_format(page, "%" PRId64, row->id);

	if (!is_wanted(listing, row))
		return true;
	if (!admin_listing_take(listing, id))
		return false;
	admin_row(page, id, str_from(row->name), STR_OF(""));
	admin_cell_mark(page, row->kind == SANCTION_BAN ? "danger" : "mark", describe(page, row));
	if (row->room[0] == '\0')
		admin_cell(page, admin_say_instead(page, MESSAGE("the whole site")));
	else
		admin_cell_link(
			page, str_from(row->room), admin_url(page, "rooms", str_from(row->room)));
	admin_cell_time(page, row->until_ms);
	admin_cell(page, str_from(row->reason));
	admin_cell(page, row->by_name[0] == '\0' ? admin_say_instead(page, MESSAGE("the site"))
						 : str_from(row->by_name));
	admin_cell_time(page, row->created_ms);
	admin_row_end(page);
	return true;
}

static void read_bans(struct admin_listing *listing)
{
	const struct list_query query = { .search = buf_str(&listing->search),
		.room = buf_str(&listing->room),
		.before_id = admin_listing_number(listing),
		.limit = SANCTIONS_MAX };

	listing->problem = desk_judge(listing->desk, sanctions_list(listing->desk->accounts, &query,
							     listing->desk->now_ms, show, listing));
}

static bool keep_row(void *context, const struct sanction_row *row)
{
	*(struct sanction_row *)context = *row;
	return false;
}

/* NULL, with the row, or why not. */
static const char *find(struct admin_desk *desk, struct str text, struct sanction_row *row_out)
{
	uint64_t id = 0;
	const char *problem = NULL;

	*row_out = (struct sanction_row){ 0 };
	if (str_to_uint64(text, &id) && id < INT64_MAX)
		problem = desk_judge(desk,
			sanctions_list(desk->accounts,
				&(struct list_query){ .before_id = (int64_t)id + 1, .limit = 1 },
				desk->now_ms, keep_row, row_out));
	if (problem == NULL && (row_out->id == 0 || row_out->id != (int64_t)id))
		problem = MESSAGE("This is over already.");
	return problem;
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct sanction_row row;

	if (find(desk, id, &row) == NULL)
		buf_append_text(out, row.name);
}

static const char *run_lift(struct admin_desk *desk, struct str id)
{
	struct sanction_row row;
	const char *problem = find(desk, id, &row);

	if (problem != NULL)
		return problem;
	return desk_order(
		desk, &(struct order){ .verb = row.kind == SANCTION_MUTE ? VERB_UNMUTE : VERB_UNBAN,
			      .room = str_from(row.room),
			      .sanction = row.id });
}

/* What the form says. */
struct entered {
	struct buf kind, who, room, seconds, reason;
	uint64_t number;
};

static const char *read_form(struct entered *entered, struct str body)
{
	struct buf raw = { 0 };
	enum name_problem problem = NAME_OK;

	page_read_field(body, "kind", &entered->kind);
	page_read_field(body, "who", &entered->who);
	page_read_field(body, "seconds", &entered->seconds);
	page_read_field(body, "reason", &entered->reason);
	page_read_field(body, "room", &raw);
	if (raw.len > 0)
		problem = room_name_normalize(buf_str(&raw), &entered->room);
	buf_finish(&raw);
	if (problem != NAME_OK)
		return name_problem_sentence(problem);
	if (entered->who.len == 0)
		return MESSAGE("Say who.");
	if (!str_to_uint64(buf_str(&entered->seconds), &entered->number))
		return MESSAGE("Choose how long.");
	return NULL;
}

static const char *order(struct admin_desk *desk, const struct entered *entered)
{
	struct str kind = buf_str(&entered->kind), who = str_trim(buf_str(&entered->who));
	struct order order = { .verb = str_is(kind, "mute") ? VERB_MUTE : VERB_BAN,
		.room = buf_str(&entered->room),
		.seconds = (int64_t)entered->number,
		.text = buf_str(&entered->reason) };

	if (str_is(kind, "address"))
		order.address = who;
	else
		order.name = who;
	return desk_order(desk, &order);
}

static const char *make(struct admin_desk *desk, struct buf *secret)
{
	struct entered entered = { 0 };
	const char *problem = read_form(&entered, desk->request->body);
	struct buf *const bufs[] = { &entered.kind, &entered.who, &entered.room, &entered.seconds,
		&entered.reason };

	(void)secret;
	if (problem == NULL)
		problem = order(desk, &entered);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_finish(bufs[i]);
	return problem;
}

static const struct admin_option kinds[] = {
	{ "ban", MESSAGE("Ban a person") },
	{ "mute", MESSAGE("Mute a person") },
	{ "address", MESSAGE("Ban an address") },
	{ NULL, NULL },
};

static const struct admin_field fields[] = {
	{ .kind = ADMIN_SELECT, .name = "kind", .label = MESSAGE("What"), .options = kinds },
	{ .kind = ADMIN_TEXT,
		.is_required = true,
		.name = "who",
		.label = MESSAGE("Who"),
		.hint = MESSAGE("A name, or an address such as 192.0.2.7 or 2001:db8::/48.") },
	{ .kind = ADMIN_TEXT,
		.name = "room",
		.label = MESSAGE("Room"),
		.hint = MESSAGE("Empty: the whole site.") },
	{ .kind = ADMIN_SELECT,
		.name = "seconds",
		.label = MESSAGE("How long"),
		.options = admin_durations },
	{ .kind = ADMIN_TEXT,
		.name = "reason",
		.label = MESSAGE("Reason"),
		.hint = MESSAGE("Who is kept out reads it.") },
	{ .name = NULL },
};

static const struct admin_form form = { "add", MESSAGE("Ban or mute"), MESSAGE("Do it"), fields,
	true };

static const struct admin_action actions[] = {
	{ "lift", MESSAGE("Lift"), MESSAGE("Lift these bans and mutes?"), NULL, false, run_lift },
	{ .word = NULL },
};

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "bans", MESSAGE("Bans") },
	{ "mutes", MESSAGE("Mutes") },
	{ "site", MESSAGE("Of the whole site") },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Who"), MESSAGE("What"), MESSAGE("Where"),
	MESSAGE("Until"), MESSAGE("Reason"), MESSAGE("By"), MESSAGE("Since"), NULL };

static const char *const keys[] = { "who", "what", "room", "until", "reason", "by", "created" };

const struct admin_list admin_bans = {
	.name = "bans",
	.title = MESSAGE("Bans and mutes"),
	.intro = MESSAGE(
		"Those that are not over. Accounts that are banned as such are among the people."),
	.search_label = MESSAGE("Part of a name, a reason or an address"),
	.room_label = MESSAGE("Only in the room"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.actions = actions,
	.form = &form,
	.can_be_exported = true,
	.read = read_bans,
	.write_name = write_name,
	.make = make,
};
