/* SPDX-License-Identifier: MIT */
/* Everything that was ordered, by whom and from where, newest first. The filter is where it came
 * from; what one clicks on is searched for. */
#include <inttypes.h>

#include "fcgi/url_code.h"
#include "fcgi/views/admin/lists.h"

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "socket", MESSAGE("From rooms") },
	{ "page", MESSAGE("From pages") },
	{ "admin", MESSAGE("From here") },
	{ "api", MESSAGE("From programs") },
	{ "shell", MESSAGE("From the shell") },
	{ .word = NULL },
};

struct str admin_via(struct admin_page *page, struct str word)
{
	if (page->is_data)
		return word;
	for (const struct admin_filter *filter = filters; filter->word != NULL; filter++) {
		if (str_is(word, filter->word))
			return admin_say(page, filter->label);
	}
	return word;
}

static struct str search_url(struct admin_page *page, struct str word)
{
	struct buf url = { 0 };
	struct str kept;

	buf_append_text(&url, "?q=");
	url_encode(word, &url);
	kept = admin_keep(page, word.len > 0 ? buf_str(&url) : STR_OF(""));
	buf_finish(&url);
	return kept;
}

static void show(struct admin_page *page, const struct audit_row *row)
{
	struct str room = row->room;

	admin_row(page, STR_OF(""), row->action, search_url(page, row->action));
	admin_cell_link(page,
		row->actor == NULL && row->actor_name.len == 0
			? admin_say_instead(page, MESSAGE("the site"))
			: row->actor_name,
		search_url(page, row->actor_name));
	admin_cell(page, admin_via(page, row->via));
	admin_cell_link(page, room, room.len > 0 ? admin_url(page, "rooms", room) : STR_OF(""));
	admin_cell(page, row->subject);
	admin_cell(page, row->detail);
	admin_cell_time(page, row->time_ms);
	admin_row_end(page);
}

static bool show_one(void *context, const struct audit_row *row)
{
	struct admin_listing *listing = context;

	if (listing->filter.len > 0 && !str_equals(buf_str(&listing->filter), row->via))
		return true;
	if (!admin_listing_take(listing, admin_format(listing->page, "%" PRId64, row->id)))
		return false;
	show(listing->page, row);
	return true;
}

static void read_audit(struct admin_listing *listing)
{
	const struct list_query query = { .search = buf_str(&listing->search),
		.room = buf_str(&listing->room),
		.before_id = admin_listing_number(listing),
		.limit = INT32_MAX };

	listing->problem = desk_judge(
		listing->desk, audit_list(listing->desk->accounts, &query, show_one, listing));
}

static const char *const labels[] = { MESSAGE("Action"), MESSAGE("By"), MESSAGE("From"),
	MESSAGE("Room"), MESSAGE("Whom"), MESSAGE("Detail"), MESSAGE("When"), NULL };

static const char *const keys[] = { "action", "by", "via", "room", "subject", "detail", "time" };

const struct admin_list admin_audit = {
	.name = "audit",
	.title = MESSAGE("Audit log"),
	.intro = MESSAGE("Everything that was ordered, newest first."),
	.search_label = MESSAGE("An action, a name, or a part of what was said"),
	.room_label = MESSAGE("Only in the room"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.can_be_exported = true,
	.read = read_audit,
};
