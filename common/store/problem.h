/* SPDX-License-Identifier: MIT */
/* Why a database operation failed: the causes on which callers act differently, each with a word
 * for protocols and a sentence for people. */
#pragma once

enum store_problem {
	STORE_OK,
	STORE_BUSY, /* another process holds it, and the wait was too long or cut short */
	STORE_FULL, /* no space left, or the quota is used up */
	STORE_READ_ONLY, /* the file or its file system */
	STORE_DENIED, /* it may not be opened: no permission, or a folder is missing */
	STORE_IO, /* the disk failed */
	STORE_CORRUPT, /* no database, or a damaged one */
	STORE_NEWER, /* made by a later version of the program */
	STORE_FOREIGN, /* a database, but not of the kind that was expected */
	STORE_GONE, /* deleted or replaced while it was open */
	STORE_REFUSED, /* this row alone */
	STORE_ELSEWHERE, /* it is on another host, which does not do this or cannot be reached */
	STORE_PROBLEM_COUNT
};

/* "ok", "busy", "full", "read_only", … */
const char *store_problem_code(enum store_problem problem);
const char *store_problem_sentence(enum store_problem problem);
/* The exit status of a program that cannot start for this reason (sysexits.h). */
int store_problem_exit_status(enum store_problem problem);
