/* SPDX-License-Identifier: MIT */
/* Keys of programs. Only the hash of a key is kept, so that it is shown once. */
#include <inttypes.h>
#include <string.h>

#include "common/room_name.h"
#include "common/store/api_keys.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/admin/number.h"

static bool is_wanted(const struct admin_listing *listing, const struct api_key *key)
{
	bool is_over = api_key_is_over(key, listing->desk->now_ms);

	if ((admin_listing_has_filter(listing, "usable") && is_over) ||
		(admin_listing_has_filter(listing, "over") && !is_over) ||
		key->id <= admin_listing_number(listing))
		return false;
	return desk_has_part(str_from(key->name), buf_str(&listing->search));
}

/* Patterns have a line each. */
static struct str describe_rooms(struct admin_page *page, const struct api_key *key)
{
	struct str rest = str_trim(str_from(key->rooms)), pattern, kept;
	struct buf text = { 0 };

	if (rest.len == 0)
		return admin_say_instead(page, MESSAGE("all rooms"));
	while (str_next_word(&rest, "\n", &pattern)) {
		buf_append_text(&text, text.len > 0 ? ", " : "");
		buf_append_str(&text, pattern);
	}
	kept = admin_keep(page, buf_str(&text));
	buf_finish(&text);
	return kept;
}

static bool show(void *context, const struct api_key *key)
{
	struct admin_listing *listing = context;
	struct admin_page *page = listing->page;
	struct str id = admin_format(page, "%" PRId64, key->id);
	bool is_over = api_key_is_over(key, listing->desk->now_ms);
	struct buf scopes = { 0 };

	if (!is_wanted(listing, key))
		return true;
	if (!admin_listing_take(listing, id))
		return false;
	api_scopes_write(key->scopes, &scopes);
	admin_row(page, id, str_from(key->name), STR_OF(""));
	admin_cell_mark(
		page, "mark", admin_say(page, is_over ? MESSAGE("over") : MESSAGE("usable")));
	admin_cell(page, buf_str(&scopes));
	admin_cell(page, describe_rooms(page, key));
	admin_cell_time(page, key->expires_ms == 0 ? FOR_GOOD : key->expires_ms);
	admin_cell_time(page, key->used_ms);
	admin_row_end(page);
	buf_finish(&scopes);
	return true;
}

static void read_keys(struct admin_listing *listing)
{
	listing->problem = desk_judge(
		listing->desk, api_keys_list(listing->desk->accounts, INT32_MAX, show, listing));
}

static const char *find(struct admin_desk *desk, struct str text, struct api_key *key_out)
{
	uint64_t id = 0;
	bool is_found = false;
	const char *problem = NULL;

	if (str_to_uint64(text, &id) && id <= INT64_MAX)
		problem = desk_judge(
			desk, api_keys_find(desk->accounts, (int64_t)id, key_out, &is_found));
	return problem == NULL && !is_found ? MESSAGE("This key is gone already.") : problem;
}

static void write_name(struct admin_desk *desk, struct str id, struct buf *out)
{
	struct api_key key;

	if (find(desk, id, &key) == NULL)
		buf_append_text(out, key.name);
}

static const char *run_remove(struct admin_desk *desk, struct str id)
{
	struct api_key key;
	bool was_there;
	const char *problem = find(desk, id, &key);

	if (problem == NULL)
		problem = desk_judge(desk, api_keys_remove(desk->accounts, key.id, &was_there));
	return problem;
}

static const char *read_name(const struct admin_desk *desk, struct api_key *key)
{
	struct buf name = { 0 };
	bool is_good;

	page_read_field(desk->request->body, "name", &name);
	is_good = name.len > 0 && name.len < sizeof(key->name);
	if (is_good)
		memcpy(key->name, buf_text(&name), name.len + 1);
	buf_finish(&name);
	return is_good ? NULL : MESSAGE("The key needs a name, which is not too long.");
}

/* The scope whose word a box is called by, with a dot for the colon, which names of fields have no
 * place for. */
static unsigned scope_of(const char *name)
{
	struct buf word = { 0 };
	struct str rest = str_from(name), part;
	unsigned scope;

	while (str_next(&rest, '.', &part)) {
		buf_append_text(&word, word.len > 0 ? ":" : "");
		buf_append_str(&word, part);
	}
	scope = api_scope_find(buf_str(&word));
	buf_finish(&word);
	return scope;
}

/* A form has a box for each; a program says their words. */
static const char *read_scopes(
	const struct admin_desk *desk, const struct admin_field *fields, struct api_key *key)
{
	struct str rest = desk->request->body;
	struct buf text = { 0 };
	bool is_known = true;

	for (const struct admin_field *field = fields; field->name != NULL; field++) {
		page_read_field(desk->request->body, field->name, &text);
		if (field->kind == ADMIN_CHECK && str_is(buf_str(&text), "on"))
			key->scopes |= scope_of(field->name);
	}
	while (is_known && admin_next_field(&rest, "scope", &text)) {
		key->scopes |= api_scope_find(buf_str(&text));
		is_known = api_scope_find(buf_str(&text)) != 0;
	}
	buf_finish(&text);
	return key->scopes != 0 && is_known
		       ? NULL
		       : MESSAGE("Choose at least one thing that the key is good for.");
}

/* A pattern has the form that the names have which it is compared with. */
static const char *add_rooms(struct str words, struct buf *rooms)
{
	struct buf pattern = { 0 };
	enum name_problem problem = NAME_OK;
	struct str word;

	while (problem == NAME_OK && str_next_word(&words, "\r\n", &word)) {
		problem = room_name_normalize(word, &pattern);
		if (problem != NAME_OK)
			break;
		buf_append_str(rooms, buf_str(&pattern));
		buf_append_char(rooms, '\n');
	}
	buf_finish(&pattern);
	return problem == NAME_OK ? NULL : name_problem_sentence(problem);
}

static const char *read_rooms(const struct admin_desk *desk, struct api_key *key)
{
	struct buf text = { 0 }, rooms = { 0 };
	struct str rest = desk->request->body;
	const char *problem = NULL;

	while (problem == NULL && admin_next_field(&rest, "rooms", &text))
		problem = add_rooms(buf_str(&text), &rooms);
	if (problem == NULL && rooms.len >= sizeof(key->rooms))
		problem = MESSAGE("These are too many rooms.");
	if (problem == NULL && rooms.len > 0 && (key->scopes & API_CHANNELS_SEND) != 0)
		problem = MESSAGE("Channels are in no room: a key for them has no rooms.");
	if (problem == NULL && rooms.len > 0 && (key->scopes & API_ADMIN) != 0)
		problem = MESSAGE("A key that is good for everything has no rooms.");
	if (problem == NULL)
		memcpy(key->rooms, buf_text(&rooms), rooms.len + 1);
	buf_finish(&rooms);
	buf_finish(&text);
	return problem;
}

static const char *store(struct admin_desk *desk, struct api_key *key, struct buf *secret)
{
	uint8_t bytes[API_KEY_SECRET_SIZE];
	const char *problem;

	crypto_random(bytes, sizeof(bytes));
	crypto_sha256(str_range((const char *)bytes, sizeof(bytes)), key->secret_hash);
	problem = desk_judge(desk, api_keys_add(desk->accounts, key, &key->id));
	if (problem == NULL)
		api_key_write(key->id, bytes, secret);
	return problem;
}

static const struct admin_field fields[] = {
	{ .kind = ADMIN_TEXT,
		.is_required = true,
		.name = "name",
		.label = MESSAGE("Name"),
		.hint = MESSAGE("Whose it is.") },
	{ .kind = ADMIN_CHECK, .name = "messages.read", .label = MESSAGE("Read messages") },
	{ .kind = ADMIN_CHECK, .name = "messages.send", .label = MESSAGE("Send messages") },
	{ .kind = ADMIN_CHECK, .name = "rooms.read", .label = MESSAGE("List rooms and people") },
	{ .kind = ADMIN_CHECK, .name = "rooms.moderate", .label = MESSAGE("Keep order in rooms") },
	{ .kind = ADMIN_CHECK, .name = "channels.send", .label = MESSAGE("Send to channels") },
	{ .kind = ADMIN_CHECK,
		.name = "admin",
		.label = MESSAGE("Everything that superusers may do") },
	{ .kind = ADMIN_AREA,
		.name = "rooms",
		.label = MESSAGE("Rooms"),
		.hint = MESSAGE(
			"A name in each line; a * at its end stands for anything. Empty: all.") },
	{ .kind = ADMIN_NUMBER,
		.name = "days",
		.label = MESSAGE("For how many days"),
		.hint = MESSAGE("Empty: for good.") },
	{ .name = NULL },
};

static const char *make(struct admin_desk *desk, struct buf *secret)
{
	struct api_key key = { .created_ms = desk->now_ms };
	int64_t days;
	const char *problem = read_name(desk, &key);

	if (problem == NULL)
		problem = read_scopes(desk, fields, &key);
	if (problem == NULL)
		problem = read_rooms(desk, &key);
	if (problem == NULL && !admin_read_number(desk, "days", 0, ADMIN_DAYS_MAX, &days))
		problem = MESSAGE("Days are a number.");
	if (problem != NULL)
		return problem;
	if (days > 0)
		key.expires_ms = key.created_ms + days * ADMIN_DAY_MS;
	return store(desk, &key, secret);
}

static const struct admin_form form = { "add", MESSAGE("Make a key"), MESSAGE("Make it"), fields,
	false };

static const struct admin_action actions[] = {
	{ "remove", MESSAGE("Remove"), MESSAGE("Remove these keys? Their programs stop working."),
		NULL, true, run_remove },
	{ .word = NULL },
};

static const struct admin_filter filters[] = {
	{ "", MESSAGE("All") },
	{ "usable", MESSAGE("Usable") },
	{ "over", MESSAGE("Over") },
	{ .word = NULL },
};

static const char *const labels[] = { MESSAGE("Name"), MESSAGE("State"), MESSAGE("Good for"),
	MESSAGE("Rooms"), MESSAGE("Until"), MESSAGE("Last used"), NULL };

static const char *const keys[] = { "name", "state", "scopes", "rooms", "until", "used" };

const struct admin_list admin_keys = {
	.name = "keys",
	.title = MESSAGE("API keys"),
	.intro = MESSAGE("With them programs use the site over HTTP."),
	.search_label = MESSAGE("Part of the name"),
	.labels = labels,
	.keys = keys,
	.filters = filters,
	.actions = actions,
	.form = &form,
	.secret_notice = MESSAGE("The key, which is shown this once:"),
	.read = read_keys,
	.write_name = write_name,
	.make = make,
};
