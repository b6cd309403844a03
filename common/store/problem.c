/* SPDX-License-Identifier: MIT */
/* The table of causes: words for machines, sentences for people, statuses for shells. */
#include "common/store/problem.h"

#include <assert.h>
#include <sysexits.h>

#include "common/base/message.h"

static const struct {
	const char *code;
	const char *sentence;
	int exit_status;
} problems[STORE_PROBLEM_COUNT] = {
	[STORE_OK] = { "ok", MESSAGE("The database is fine."), EX_OK },
	[STORE_BUSY] = { "busy", MESSAGE("Another process holds the database."), EX_TEMPFAIL },
	[STORE_FULL] = { "full", MESSAGE("There is no space left for the database."),
		EX_CANTCREAT },
	[STORE_READ_ONLY] = { "read_only", MESSAGE("The database cannot be written."), EX_NOPERM },
	[STORE_DENIED] = { "denied", MESSAGE("The database may not be opened."), EX_NOPERM },
	[STORE_IO] = { "io", MESSAGE("The disk of the database fails."), EX_IOERR },
	[STORE_CORRUPT] = { "corrupt", MESSAGE("The database is damaged, or no database."),
		EX_DATAERR },
	[STORE_NEWER] = { "newer", MESSAGE("The database is of a later version of this program."),
		EX_DATAERR },
	[STORE_FOREIGN] = { "foreign", MESSAGE("The file is a database of another program."),
		EX_DATAERR },
	[STORE_GONE] = { "gone", MESSAGE("The database was deleted or replaced while it was open."),
		EX_IOERR },
	[STORE_REFUSED] = { "refused", MESSAGE("The database does not take this row."),
		EX_DATAERR },
	[STORE_ELSEWHERE] = { "unavailable",
		MESSAGE("This history is kept elsewhere, where this cannot be done now."),
		EX_UNAVAILABLE },
};

const char *store_problem_code(enum store_problem problem)
{
	assert(problem < STORE_PROBLEM_COUNT);
	return problems[problem].code;
}

const char *store_problem_sentence(enum store_problem problem)
{
	assert(problem < STORE_PROBLEM_COUNT);
	return problems[problem].sentence;
}

int store_problem_exit_status(enum store_problem problem)
{
	assert(problem < STORE_PROBLEM_COUNT);
	return problems[problem].exit_status;
}
