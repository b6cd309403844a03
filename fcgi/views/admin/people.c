/* SPDX-License-Identifier: MIT */
/* Accounts. Whoever asks is a superuser who is not banned, also in the moment of the change, and
 * can do nothing to their own account here, so that the site always keeps one. */
#include "fcgi/views/admin/people.h"

#include <string.h>

#include "common/name_key.h"
#include "fcgi/views/admin/lists.h"

void people_write_id(const uint8_t id[static USER_ID_SIZE], struct buf *out)
{
	buf_append_hex(out, id, USER_ID_SIZE);
}

const char *people_find(struct admin_desk *desk, struct str id, struct account *account_out)
{
	uint8_t bytes[USER_ID_SIZE];
	bool is_found = false;
	const char *problem = NULL;

	if (str_to_bytes(id, bytes, sizeof(bytes)))
		problem = desk_judge(
			desk, accounts_find_id(desk->accounts, bytes, account_out, &is_found));
	if (problem == NULL && !is_found)
		problem = MESSAGE("This account is gone.");
	return problem;
}

struct visiting {
	struct buf key; /* what is searched for, folded */
	struct buf name;
	bool (*visit)(void *context, const struct account *account);
	void *context;
};

static bool has_key(struct visiting *visiting, const char *name)
{
	buf_clear(&visiting->name);
	name_write_key(str_from(name), &visiting->name);
	return desk_has_part(buf_str(&visiting->name), buf_str(&visiting->key));
}

static bool visit_one(void *context, const struct account *account)
{
	struct visiting *visiting = context;

	if (visiting->key.len > 0 && !has_key(visiting, account->username) &&
		!has_key(visiting, account->user.name))
		return true;
	return visiting->visit(visiting->context, account);
}

enum store_problem people_visit(struct admin_desk *desk, struct str search, struct str after,
	bool (*visit)(void *context, const struct account *account), void *context)
{
	struct visiting visiting = { .visit = visit, .context = context };
	enum store_problem problem;

	name_write_key(search, &visiting.key);
	problem = accounts_list(desk->accounts, after, INT32_MAX, visit_one, &visiting);
	buf_finish(&visiting.key);
	buf_finish(&visiting.name);
	return problem;
}

static bool is_wanted(const struct admin_listing *listing, const struct account *account)
{
	if (admin_listing_has_filter(listing, "superusers"))
		return account->is_superuser;
	if (admin_listing_has_filter(listing, "banned"))
		return !account->is_active;
	if (admin_listing_has_filter(listing, "active"))
		return account->is_active;
	return !admin_listing_has_filter(listing, "never") || account->last_login_ms == 0;
}

static bool show(void *context, const struct account *account)
{
	struct admin_listing *listing = context;
	struct admin_page *page = listing->page;
	struct buf id = { 0 };

	if (!is_wanted(listing, account))
		return true;
	if (!admin_listing_take(listing, str_from(account->username)))
		return false;
	people_write_id(account->user.id, &id);
	admin_row(page, buf_str(&id), str_from(account->username),
		admin_url(page, "people", buf_str(&id)));
	admin_cell(page, str_from(account->user.name));
	admin_cell_mark(page, account->is_active ? "mark" : "danger",
		!account->is_active     ? admin_say(page, MESSAGE("banned"))
		: account->is_superuser ? admin_say(page, MESSAGE("superuser"))
					: STR_OF(""));
	admin_cell_time(page, account->joined_ms);
	admin_cell_time(page, account->last_login_ms);
	admin_row_end(page);
	buf_finish(&id);
	return true;
}

static void read_people(struct admin_listing *listing)
{
	listing->problem = desk_judge(
		listing->desk, people_visit(listing->desk, buf_str(&listing->search),
				       buf_str(&listing->after), show, listing));
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct account account;

	if (people_find(desk, id, &account) == NULL)
		buf_append_text(out, account.username);
}

/* Finds an account that something is to be done to. */
static const char *find_other(struct admin_desk *desk, struct str id, struct account *account_out)
{
	const char *problem = people_find(desk, id, account_out);

	if (problem == NULL && desk_is_own(desk, account_out->user.id))
		return MESSAGE("This is your own account. Let another superuser do it.");
	return problem;
}

static const char *judge_result(enum account_result result)
{
	if (result == ACCOUNT_FORBIDDEN)
		return MESSAGE("You are no superuser any more.");
	return result == ACCOUNT_DONE ? NULL : MESSAGE("This account is gone.");
}

static const char *set_rights(
	struct admin_desk *desk, const struct account *account, bool is_superuser, bool is_active)
{
	enum account_result result = ACCOUNT_UNKNOWN;
	const char *problem;

	if (account->is_superuser == is_superuser && account->is_active == is_active)
		return NULL; /* it is so already */
	problem = desk_judge(desk, accounts_set_rights(desk->accounts, account->user.id,
					   is_superuser, is_active, desk->now_ms, &result));
	return problem == NULL ? judge_result(result) : problem;
}

static const char *run_ban(struct admin_desk *desk, struct str id)
{
	struct account account;
	const char *problem = find_other(desk, id, &account);

	if (problem != NULL)
		return problem;
	return set_rights(desk, &account, account.is_superuser, false);
}

static const char *run_unban(struct admin_desk *desk, struct str id)
{
	struct account account;
	const char *problem = find_other(desk, id, &account);

	if (problem != NULL)
		return problem;
	return set_rights(desk, &account, account.is_superuser, true);
}

static const char *run_promote(struct admin_desk *desk, struct str id)
{
	struct account account;
	const char *problem = find_other(desk, id, &account);

	if (problem != NULL)
		return problem;
	return set_rights(desk, &account, true, account.is_active);
}

static const char *run_demote(struct admin_desk *desk, struct str id)
{
	struct account account;
	const char *problem = find_other(desk, id, &account);

	if (problem != NULL)
		return problem;
	return set_rights(desk, &account, false, account.is_active);
}

static const char *run_delete(struct admin_desk *desk, struct str id)
{
	enum account_result result = ACCOUNT_UNKNOWN;
	struct account account;
	const char *problem = find_other(desk, id, &account);

	if (problem == NULL)
		problem = desk_judge(desk,
			accounts_delete(desk->accounts, account.user.id, desk->now_ms, &result));
	return problem == NULL ? judge_result(result) : problem;
}

static const char *run_log_out(struct admin_desk *desk, struct str id)
{
	struct account account;
	size_t count;
	const char *problem = find_other(desk, id, &account);

	if (problem == NULL)
		problem = desk_judge(desk, sessions_remove_others(desk->accounts, account.user.id,
						   NULL, desk->now_ms, &count));
	return problem;
}

static const struct admin_action actions[] = {
	{ "ban", MESSAGE("Ban"), MESSAGE("Ban these accounts?"), NULL, true, run_ban },
	{ "unban", MESSAGE("Lift the ban"), MESSAGE("Let these accounts log in again?"), NULL,
		false, run_unban },
	{ "end", MESSAGE("End all sessions"), MESSAGE("Log these people out everywhere?"), NULL,
		false, run_log_out },
	{ "promote", MESSAGE("Make superusers"), MESSAGE("Make these accounts superusers?"), NULL,
		true, run_promote },
	{ "demote", MESSAGE("Take superuser rights away"),
		MESSAGE("Take their superuser rights away?"), NULL, false, run_demote },
	{ "delete", MESSAGE("Delete"),
		MESSAGE("Delete these accounts for good? What they said stays."), NULL, true,
		run_delete },
	{ .word = NULL },
};

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "active", MESSAGE("Not banned") },
	{ "superusers", MESSAGE("Superusers") },
	{ "banned", MESSAGE("Banned") },
	{ "never", MESSAGE("Never logged in") },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("User name"), MESSAGE("Name"), MESSAGE("Rights"),
	MESSAGE("Joined"), MESSAGE("Last login"), NULL };

static const char *const keys[] = { "username", "name", "rights", "joined", "last_login" };

const struct admin_list admin_people = {
	.name = "people",
	.title = MESSAGE("People"),
	.intro = MESSAGE("Who has an account here. Guests have none."),
	.search_label = MESSAGE("Part of a name"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.actions = actions,
	.can_be_exported = true,
	.read = read_people,
	.write_name = write_name,
};
