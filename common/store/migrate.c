/* SPDX-License-Identifier: MIT */
/* A new database is migrated under another name and then linked to its own, so that one is there
 * complete or not at all, and an empty file is never taken for ours. */
#include "common/store/migrate.h"

#include <errno.h>
#include <unistd.h>

#include "common/base/mem.h"

/* Of one version; more come of a migration that is broken off again and again. */
#define COPIES_MAX 100

static enum store_problem read_version(struct database *database, size_t *version_out)
{
	int64_t version;
	enum store_problem problem = database_read_number(
		database, "PRAGMA user_version", &version);

	*version_out = version < 0 ? SIZE_MAX : (size_t)version;
	return problem;
}

/* One step, unless another program has done it meanwhile. */
static enum store_problem step_apply_within(struct database *database, size_t version,
	uint32_t application_id, const struct migration_steps *steps)
{
	struct buf marks = { 0 };
	size_t current;
	enum store_problem problem = read_version(database, &current);

	if (problem != STORE_OK || current != version)
		return problem;
	problem = database_run(database, steps->sql[version]);
	if (problem != STORE_OK)
		return problem;
	buf_append_format(&marks, "PRAGMA application_id = %u; PRAGMA user_version = %zu",
		(unsigned)application_id, version + 1);
	problem = database_run(database, buf_text(&marks));
	buf_finish(&marks);
	return problem;
}

static enum store_problem steps_apply(struct database *database, size_t version,
	uint32_t application_id, const struct migration_steps *steps)
{
	enum store_problem problem = STORE_OK;

	for (; problem == STORE_OK && version < steps->count; version++) {
		problem = database_run(database, "BEGIN IMMEDIATE");
		if (problem == STORE_OK)
			problem = step_apply_within(database, version, application_id, steps);
		if (problem == STORE_OK)
			problem = database_run(database, "COMMIT");
		if (problem != STORE_OK)
			database_roll_back(database);
	}
	return problem;
}

/* A log without its database may hold what was said last: somebody has to decide. */
static enum store_problem check_orphan(struct database *database, const char *path)
{
	struct buf log_path = { 0 };
	struct stat status;
	bool is_orphan;

	buf_append_format(&log_path, "%s-wal", path);
	is_orphan = stat(buf_text(&log_path), &status) == 0 && status.st_size > 0;
	buf_finish(&log_path);
	if (is_orphan)
		return database_refuse(database, STORE_GONE, "its log (-wal) is there without it");
	return STORE_OK;
}

static enum store_problem database_make(struct database *database, const char *path,
	uint32_t application_id, const struct migration_steps *steps)
{
	enum store_problem problem = check_orphan(database, path);
	char *staged;
	int error;

	if (problem != STORE_OK)
		return problem;
	staged = file_stage(path);
	if (staged == NULL)
		return database_system_problem(database, path, errno);
	problem = database_open(database, staged, DATABASE_WRITE_PROCESS);
	if (problem == STORE_OK)
		problem = steps_apply(database, 0, application_id, steps);
	database_close(database);
	if (problem == STORE_OK) {
		error = file_publish(staged, path);
		/* Another program was faster. */
		problem = database_system_problem(database, path, error == EEXIST ? 0 : error);
	} else {
		unlink(staged);
	}
	mem_free(staged);
	return problem;
}

/* An older copy of the same version stays. The caller owns the name of the new one (mem_free). */
static enum store_problem copy_make(struct database *database, size_t version, char **copy_out)
{
	enum store_problem problem = STORE_DENIED;
	struct buf copy = { 0 };

	database->system_error = EEXIST;
	for (int i = 0;
		i < COPIES_MAX && problem == STORE_DENIED && database->system_error == EEXIST;
		i++) {
		buf_clear(&copy);
		buf_append_format(&copy, "%s.v%zu", database->path, version);
		if (i > 0)
			buf_append_format(&copy, ".%d", i);
		problem = database_copy(database, buf_text(&copy), NULL);
	}
	*copy_out = buf_take(&copy);
	return problem;
}

static enum store_problem database_upgrade(struct database *database, size_t version,
	uint32_t application_id, const struct migration_steps *steps)
{
	char *copy;
	enum store_problem problem = copy_make(database, version, &copy);

	if (problem == STORE_OK) {
		problem = steps_apply(database, version, application_id, steps);
		/* The database is what it was: the copy of a failure is of no use. */
		if (problem != STORE_OK)
			unlink(copy);
	}
	database->old_copy = copy;
	return problem;
}

static enum store_problem database_bring_up(
	struct database *database, uint32_t application_id, const struct migration_steps *steps)
{
	size_t version;
	enum store_problem problem = database_check_header(database, application_id);

	if (problem == STORE_OK)
		problem = read_version(database, &version);
	if (problem != STORE_OK)
		return problem;
	database->old_version = version;
	if (version > steps->count)
		return database_refuse(database, STORE_NEWER, "of a later version");
	if (version == 0)
		return database_refuse(database, STORE_CORRUPT, "no version");
	if (version < steps->count && !database_mode_writes(database->mode))
		return database_refuse(database, STORE_BUSY, "waits for its migration");
	problem = database_start(database);
	if (problem == STORE_OK && version < steps->count)
		problem = database_upgrade(database, version, application_id, steps);
	return problem == STORE_OK ? database_remember_files(database) : problem;
}

enum store_problem migrate_open(struct database *database, const char *path,
	enum database_mode mode, uint32_t application_id, const struct migration_steps *steps)
{
	enum store_problem problem = database_open(database, path, mode);
	bool is_new = false;

	if (problem == STORE_DENIED && database->system_error == ENOENT &&
		database_mode_writes(mode)) {
		problem = database_make(database, path, application_id, steps);
		if (problem == STORE_OK)
			problem = database_open(database, path, mode);
		is_new = true;
	}
	if (problem != STORE_OK)
		return problem;
	problem = database_bring_up(database, application_id, steps);
	if (is_new)
		database->old_version = 0;
	if (problem != STORE_OK)
		database_close(database);
	return problem;
}
