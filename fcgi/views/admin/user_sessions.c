/* SPDX-License-Identifier: MIT */
/* Sessions, newest first. A session's id for forms tells nothing about its cookie. The key of a
 * page is the time of its last row and that row's id, since several may be of one moment. */
#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "fcgi/account.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/admin/people.h"
#include "fcgi/views/agent.h"

#define PEOPLE_MAX 1000 /* whose sessions a search by name shows */

struct reading {
	struct admin_listing *listing; /* borrowed */
	uint8_t (*people)[USER_ID_SIZE]; /* that the search has found; owned */
	size_t people_count;
	struct session_row *rows; /* owned: other questions can be asked when all are read */
	uint32_t count, capacity;
	int64_t after_ms; /* of the last page's last row */
	struct str after_id; /* "" once that row is passed */
};

static struct account_session_id id_of(const struct admin_desk *desk, const struct session_row *row)
{
	return account_session_id(&desk->app->secret, row->key_hash);
}

static bool note_person(void *context, const struct account *account)
{
	struct reading *reading = context;

	memcpy(reading->people[reading->people_count++], account->user.id, USER_ID_SIZE);
	return reading->people_count < PEOPLE_MAX;
}

static bool is_of_found(const struct reading *reading, const struct session_row *row)
{
	struct str search = buf_str(&reading->listing->search);

	if (search.len == 0 || desk_has_part(str_from(row->address), search))
		return true;
	for (size_t i = 0; i < reading->people_count; i++) {
		if (memcmp(reading->people[i], row->account, USER_ID_SIZE) == 0)
			return true;
	}
	return false;
}

/* Whether a row is on an earlier page. */
static bool is_passed(struct reading *reading, const struct session_row *row)
{
	if (reading->after_id.len == 0 || row->created_ms < reading->after_ms)
		return false;
	if (row->created_ms == reading->after_ms &&
		str_is(reading->after_id, id_of(reading->listing->desk, row).text))
		reading->after_id = STR_OF("");
	return true;
}

static bool note_row(void *context, const struct session_row *row)
{
	struct reading *reading = context;
	struct account_session_id id;
	struct buf key = { 0 };
	bool is_taken;

	if (is_passed(reading, row) || !is_of_found(reading, row))
		return true;
	id = id_of(reading->listing->desk, row);
	buf_append_format(&key, "%" PRId64 "-%s", row->created_ms, id.text);
	is_taken = admin_listing_take(reading->listing, buf_str(&key));
	buf_finish(&key);
	if (!is_taken)
		return false;
	reading->rows = mem_grow(
		reading->rows, &reading->capacity, reading->count, sizeof(*reading->rows));
	reading->rows[reading->count++] = *row;
	return true;
}

static void show(struct admin_listing *listing, const struct session_row *row)
{
	struct admin_desk *desk = listing->desk;
	struct admin_page *page = listing->page;
	struct agent_words agent = agent_describe(str_from(row->agent));
	struct buf id = { 0 };
	struct account account;
	struct str name = STR("");
	bool is_found = false;

	(void)desk_judge(desk, accounts_find_id(desk->accounts, row->account, &account, &is_found));
	if (is_found)
		name = str_from(account.username);
	people_write_id(row->account, &id);
	admin_row(page, str_from(id_of(desk, row).text), name,
		admin_url(page, "people", buf_str(&id)));
	admin_cell(page, str_from(row->address));
	admin_cell(page, admin_format(page, "%s %s", agent.browser, agent.system));
	admin_cell_time(page, row->created_ms);
	admin_cell_time(page, row->seen_ms);
	admin_row_end(page);
	buf_finish(&id);
}

static enum store_problem find_people(struct reading *reading)
{
	struct admin_listing *listing = reading->listing;

	if (listing->search.len == 0)
		return STORE_OK;
	reading->people = mem_alloc_array(PEOPLE_MAX, USER_ID_SIZE);
	return people_visit(
		listing->desk, buf_str(&listing->search), STR_OF(""), note_person, reading);
}

static void read_after(struct reading *reading)
{
	struct str rest = buf_str(&reading->listing->after), time;
	uint64_t time_ms;

	if (!str_next(&rest, '-', &time) || !str_to_uint64(time, &time_ms))
		return;
	reading->after_ms = (int64_t)time_ms;
	reading->after_id = rest;
}

static void read_sessions(struct admin_listing *listing)
{
	struct reading reading = { .listing = listing };
	enum store_problem problem;

	read_after(&reading);
	problem = find_people(&reading);
	if (problem == STORE_OK)
		problem = sessions_list(
			listing->desk->accounts, NULL, INT32_MAX, note_row, &reading);
	listing->problem = desk_judge(listing->desk, problem);
	for (uint32_t i = 0; i < reading.count; i++)
		show(listing, &reading.rows[i]);
	mem_free(reading.rows);
	mem_free(reading.people);
}

struct finding {
	const struct admin_desk *desk;
	struct str id;
	struct session_row row;
	bool is_found;
};

static bool compare_id(void *context, const struct session_row *row)
{
	struct finding *finding = context;

	finding->is_found = str_is(finding->id, id_of(finding->desk, row).text);
	if (finding->is_found)
		finding->row = *row;
	return !finding->is_found;
}

/* NULL, with the session and its account, or why not. */
static const char *find(struct admin_desk *desk, struct str id, struct session_row *row_out,
	struct account *account_out)
{
	struct finding finding = { .desk = desk, .id = id };
	bool is_found = false;
	const char *problem = desk_judge(
		desk, sessions_list(desk->accounts, NULL, INT32_MAX, compare_id, &finding));

	if (problem == NULL && finding.is_found)
		problem = desk_judge(desk, accounts_find_id(desk->accounts, finding.row.account,
						   account_out, &is_found));
	*row_out = finding.row;
	return problem == NULL && !is_found ? MESSAGE("This session is over already.") : problem;
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct session_row row;
	struct account account;

	if (find(desk, id, &row, &account) == NULL)
		buf_append_format(out, "%s, %s", account.username, row.address);
}

static const char *run_end(struct admin_desk *desk, struct str id)
{
	struct session_row row;
	struct account account;
	const char *problem = find(desk, id, &row, &account);

	if (problem == NULL)
		problem = desk_judge(desk,
			sessions_remove(desk->accounts, row.key_hash, row.account, desk->now_ms));
	return problem;
}

static const char *run_ban(struct admin_desk *desk, struct str id)
{
	struct session_row row;
	struct account account;
	struct buf seconds = { 0 };
	uint64_t number = 0;
	const char *problem = find(desk, id, &row, &account);

	page_read_field(desk->request->body, "seconds", &seconds);
	if (problem == NULL && desk_is_own(desk, row.account))
		problem = MESSAGE("This is your own account. Let another superuser do it.");
	if (problem == NULL && !str_to_uint64(buf_str(&seconds), &number))
		problem = MESSAGE("Choose how long.");
	if (problem == NULL)
		problem = desk_order(desk, &(struct order){ .verb = VERB_BAN,
						   .session = row.key_hash,
						   .name = str_from(account.username),
						   .seconds = (int64_t)number });
	buf_finish(&seconds);
	return problem;
}

static const struct admin_field ban_fields[] = {
	{ .kind = ADMIN_SELECT,
		.name = "seconds",
		.label = MESSAGE("How long"),
		.options = admin_durations },
	{ .name = NULL },
};

static const struct admin_action actions[] = {
	{ "end", MESSAGE("End"), MESSAGE("End these sessions?"), NULL, true, run_end },
	{ "ban", MESSAGE("Ban from the site"), MESSAGE("Ban these sessions from the whole site?"),
		ban_fields, true, run_ban },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("User name"), MESSAGE("Address"), MESSAGE("Browser"),
	MESSAGE("Logged in"), MESSAGE("Last seen"), NULL };

static const char *const keys[] = { "username", "address", "browser", "created", "seen" };

const struct admin_list admin_user_sessions = {
	.name = "sessions",
	.title = MESSAGE("Sessions"),
	.intro = MESSAGE("Where people are logged in. A session that ends closes its connections."),
	.search_label = MESSAGE("Part of a name or of an address"),
	.labels = labels,
	.keys = keys,
	.actions = actions,
	.read = read_sessions,
	.write_name = write_name,
};
