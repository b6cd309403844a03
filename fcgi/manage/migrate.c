/* SPDX-License-Identifier: MIT */
/* Both databases, forward only. The programs do the same when they start; here an admin sees it,
 * and chooses when. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/state.h"
#include "common/store/inventory.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

static void print_json(enum inventory_database which, const struct inventory_report *report)
{
	struct record record;

	record_begin(&record);
	record_add_text(&record, "database", inventory_file(which));
	record_add_number(&record, "from", (int64_t)report->version);
	record_add_number(&record, "to", (int64_t)report->newest);
	record_add_text(&record, "backup", report->copy);
	record_print(&record);
}

static void print_text(enum inventory_database which, const struct inventory_report *report)
{
	const char *file = inventory_file(which);

	if (report->version == report->newest)
		printf("%s: is of version %zu\n", file, report->newest);
	else if (report->version == 0)
		printf("%s: is made, of version %zu\n", file, report->newest);
	else
		printf("%s: from version %zu to version %zu; the old one is %s\n", file,
			report->version, report->newest, report->copy);
}

static int complain(
	const char *path, enum store_problem problem, const struct inventory_report *report)
{
	if (problem == STORE_NEWER)
		return site_complain(store_problem_exit_status(problem),
			"%s: is of version %zu, and this program knows %zu at most; it is left "
			"as it is",
			path, report->version, report->newest);
	return site_complain(store_problem_exit_status(problem), "%s: %s (%s)", path,
		store_problem_sentence(problem), report->error);
}

/* A broker of an older program that runs would go on with what is a newer database then. The lock
 * is kept for the next one. */
static bool is_free_to_change(const struct config *config, const struct inventory_report *report,
	bool *is_locked, int *status_out)
{
	struct buf problem = { 0 };

	if (report->version == 0 || report->version == report->newest || *is_locked)
		return true;
	*is_locked = state_lock(config, "broker", &problem);
	if (!*is_locked)
		*status_out = site_complain(EX_TEMPFAIL, "%s; stop it first", buf_text(&problem));
	buf_finish(&problem);
	return *is_locked;
}

static int migrate(const struct config *config, enum inventory_database which, const char *path,
	bool *is_locked)
{
	struct inventory_report report;
	enum store_problem problem = inventory_inspect(which, path, false, &report);
	int status = EX_OK;

	if (problem != STORE_OK)
		return complain(path, problem, &report);
	if (!is_free_to_change(config, &report, is_locked, &status))
		return status;
	problem = inventory_migrate(which, path, &report);
	if (problem != STORE_OK)
		status = complain(path, problem, &report);
	else if (record_is_json())
		print_json(which, &report);
	else
		print_text(which, &report);
	inventory_finish(&report);
	return status;
}

/* A history that is not kept is not made either. */
static bool is_wanted(const struct config *config, enum inventory_database which)
{
	return which != INVENTORY_HISTORY || strcmp(config->history_durability, "none") != 0;
}

int manage_migrate(const struct config *config, const char *unused)
{
	struct buf path = { 0 };
	bool is_locked = false;
	int status;

	(void)unused;
	if (!site_enter(config, &status))
		return status;
	for (enum inventory_database i = 0; i < INVENTORY_COUNT; i++) {
		int result = EX_OK;

		if (is_wanted(config, i))
			result = migrate(config, i, config_path(config, &path, inventory_file(i)),
				&is_locked);
		if (status == EX_OK)
			status = result;
	}
	buf_finish(&path);
	return status;
}
