/* SPDX-License-Identifier: MIT */
/* What monitors read at /healthz and /metrics, for people: what works, how full the disk is, and
 * what to do about what does not. */
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fcgi/views/admin/desk.h"
#include "fcgi/views/admin/page.h"
#include "fcgi/views/views.h"

#define MEBIBYTE (INT64_C(1024) * 1024)
#define SCARCE_SHARE 10 /* of a disk: a tenth */
#define LARGE_WAL_BYTES (256 * MEBIBYTE)

static const struct {
	enum store_problem problem;
	const char *sentence; /* what to do */
} remedies[] = {
	{ STORE_BUSY, MESSAGE("Another program holds the file. If that lasts, look which: fuser "
			      "shows it.") },
	{ STORE_FULL, MESSAGE("The disk is full. Free space, or raise the quota.") },
	{ STORE_READ_ONLY, MESSAGE("The file or its disk is read-only. Mount it for writing.") },
	{ STORE_DENIED,
		MESSAGE("The file may not be opened. Give it to the user of the service.") },
	{ STORE_IO,
		MESSAGE("The disk fails. Save a copy with roomwire-manage backup, and look at the "
			"kernel's log.") },
	{ STORE_CORRUPT,
		MESSAGE("The file is damaged. Stop the service, and put the last backup in its "
			"place.") },
	{ STORE_NEWER, MESSAGE("A newer version has made the file. Install that version.") },
	{ STORE_FOREIGN,
		MESSAGE("The file is no database of this program. Look what has put it there.") },
	{ STORE_GONE, MESSAGE("The file is gone. Put it or its backup back.") },
	{ STORE_ELSEWHERE, MESSAGE("It is on another host, which cannot be reached.") },
};

static const char *remedy_for(enum store_problem problem)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		if (remedies[i].problem == problem)
			return remedies[i].sentence;
	}
	return MESSAGE("See the log of the service.");
}

static void add_store(struct admin_page *page, const char *name, enum store_problem problem)
{
	bool is_well = problem == STORE_OK;

	admin_fact(page, name, is_well ? admin_say(page, MESSAGE("well")) : STR_OF(""));
	if (is_well)
		return;
	page->facts[page->fact_count - 1].value = admin_say(page, store_problem_sentence(problem));
	page->facts[page->fact_count - 1].kind = STR_OF("danger");
	admin_advise(page, name, remedy_for(problem));
}

static void add_bytes(struct admin_page *page, const char *name, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes / 1024;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		size /= 1024;
		unit++;
	}
	admin_fact(page, name, admin_format(page, "%.1f %s", size, units[unit]));
}

static void add_file(struct admin_page *page, const char *name, const char *file)
{
	struct buf path = { 0 };
	struct stat status;

	if (stat(config_path(page->app->config, &path, file), &status) == 0)
		add_bytes(page, name, (int64_t)status.st_size);
	buf_finish(&path);
}

static void add_disk(struct admin_page *page)
{
	struct statvfs disk;
	uint64_t free_bytes;

	if (statvfs(page->app->config->paths_state, &disk) != 0)
		return;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	add_bytes(page, MESSAGE("Disk, free"), (int64_t)free_bytes);
	if (disk.f_bavail < disk.f_blocks / SCARCE_SHARE)
		admin_advise(page, MESSAGE("Disk"),
			MESSAGE("Less than a tenth is free. Free space, or keep less history "
				"([history] keep_days)."));
}

static void add_broker(struct admin_page *page, struct admin_desk *desk)
{
	struct buf request = { 0 };
	const char *problem = NULL;
	struct json *answer;
	const struct json *stats;

	buf_append_text(&request, "{\"op\": \"stats\"}");
	answer = desk_ask(desk, &request, APP_LIST_MS, &problem);
	buf_finish(&request);
	admin_fact(page, MESSAGE("Broker"),
		admin_say(page, problem == NULL ? MESSAGE("well") : problem));
	if (answer == NULL) {
		page->facts[page->fact_count - 1].kind = STR_OF("danger");
		admin_advise(page, MESSAGE("Broker"),
			MESSAGE("Start it: systemctl start roomwire-broker. Its log says why it "
				"ended."));
		return;
	}
	stats = json_find(answer, "stats");
	add_bytes(page, MESSAGE("Log of the history that waits (WAL)"),
		desk_number_of(stats, "wal_bytes"));
	if (desk_number_of(stats, "wal_bytes") > LARGE_WAL_BYTES)
		admin_advise(page, MESSAGE("History"),
			MESSAGE("Its log grows: something reads the file and does not end. Look "
				"for an "
				"open sqlite3 or a backup that hangs."));
	if (json_find(stats, "layer_up") != NULL && desk_number_of(stats, "layer_up") == 0)
		admin_advise(page, MESSAGE("Other brokers"),
			MESSAGE("They cannot be reached: see [layer], and whether the hub or Redis "
				"runs."));
	json_destroy(answer);
}

int view_admin_health(struct app *app, struct request *request, struct response *response)
{
	struct admin_desk desk = { .app = app, .request = request };
	enum store_problem problem;
	struct admin_page page;

	admin_page_begin(&page, app, request, response, "health", MESSAGE("Health"));
	admin_fact(&page, MESSAGE("Version of the pages"), STR_OF(ROOMWIRE_VERSION));
	add_broker(&page, &desk);
	pool_return(app->accounts, pool_borrow(app->accounts, &problem), STORE_OK);
	add_store(&page, MESSAGE("Accounts"), problem);
	add_store(&page, MESSAGE("History"), history_check(app->history));
	add_file(&page, MESSAGE("Size of accounts.db"), "accounts.db");
	add_file(&page, MESSAGE("Size of history.db"), "history.db");
	add_disk(&page);
	if (page.advice_count == 0)
		page.arguments.intro = admin_say(&page, MESSAGE("All is well."));
	return admin_page_end(&page, 200);
}
