/* SPDX-License-Identifier: MIT */
/* What is told to everybody who is in a room at that moment. They are no history; the list is what
 * the audit log has of them. */
#include <inttypes.h>

#include "fcgi/views/admin/lists.h"

static bool show(void *context, const struct audit_row *row)
{
	struct admin_listing *listing = context;
	struct admin_page *page = listing->page;
	struct str id = admin_format(page, "%" PRId64, row->id);

	if (!str_is(row->action, "announce") ||
		!desk_has_part(row->detail, buf_str(&listing->search)))
		return true;
	if (!admin_listing_take(listing, id))
		return false;
	admin_row(page, STR_OF(""), row->detail, STR_OF(""));
	admin_cell(page, row->actor_name);
	admin_cell(page, admin_via(page, row->via));
	admin_cell_time(page, row->time_ms);
	admin_row_end(page);
	return true;
}

static void read_announcements(struct admin_listing *listing)
{
	const struct list_query query = { .search = STR_OF("announce"),
		.before_id = admin_listing_number(listing),
		.limit = INT32_MAX };

	listing->problem = desk_judge(
		listing->desk, audit_list(listing->desk->accounts, &query, show, listing));
}

static const char *announce(struct admin_desk *desk, struct str message)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	const char *problem;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", STR_OF("announce"));
	json_add_string(&writer, "message", message);
	json_end_object(&writer);
	problem = desk_tell(desk, &request);
	if (problem == NULL)
		problem = desk_note(desk, "announce", STR_OF(""), STR_OF(""), message);
	buf_finish(&request);
	return problem;
}

static const char *make(struct admin_desk *desk, struct buf *secret)
{
	struct buf message = { 0 };
	const char *problem;

	(void)secret;
	page_read_field(desk->request->body, "message", &message);
	problem = str_trim(buf_str(&message)).len == 0 ? MESSAGE("The text is missing.")
						       : announce(desk, buf_str(&message));
	buf_finish(&message);
	return problem;
}

static const struct admin_field fields[] = {
	{ .kind = ADMIN_AREA,
		.is_required = true,
		.name = "message",
		.label = MESSAGE("Message"),
		.hint = MESSAGE("Everybody who is in a room now sees it at once.") },
	{ .name = NULL },
};

static const struct admin_form form = { "add", MESSAGE("Tell everybody"), MESSAGE("Announce"),
	fields, false };

static const char *const labels[] = { MESSAGE("Message"), MESSAGE("By"), MESSAGE("From"),
	MESSAGE("When"), NULL };

static const char *const keys[] = { "message", "by", "via", "time" };

const struct admin_list admin_announcements = {
	.name = "announcements",
	.title = MESSAGE("Announcements"),
	.intro = MESSAGE("What was told to everybody, newest first."),
	.search_label = MESSAGE("Part of the text"),
	.labels = labels,
	.keys = keys,
	.form = &form,
	.read = read_announcements,
	.make = make,
};
