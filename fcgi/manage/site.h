/* SPDX-License-Identifier: MIT */
/* The site that is managed: its state directory, entered as the user that owns it, and its
 * accounts. What goes wrong is said on stderr here, once. */
#pragma once

#include <stdbool.h>

#include "common/config.h"
#include "common/store/accounts.h"

/* "roomwire-manage: SENTENCE" on stderr; returns status. */
int site_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Root becomes the owner of the state directory: files of root's would be in the way of the
 * programs that run as that user. Whatever root alone may read is opened before. */
bool site_take_owner(const struct config *config, int *status_out)
	__attribute__((warn_unused_result));
/* The same, and makes what is missing of its folders; says so when all of it was. False with the
 * exit status; EX_OK in it otherwise. */
bool site_enter(const struct config *config, int *status_out) __attribute__((warn_unused_result));

/* What is done with accounts; returns the exit status. */
typedef int site_work_fn(
	const struct config *config, struct accounts *accounts, const void *context);

/* Opens accounts.db, which is made where it is missing, as is the state directory, and does the
 * work, which the audit log has as the shell's. Returns its exit status, or what has kept it from
 * being done. */
int site_with_accounts(const struct config *config, site_work_fn *work, const void *context);
/* After a call that failed; returns the exit status. */
int site_complain_of_accounts(
	const struct config *config, struct accounts *accounts, enum store_problem problem);
/* Says what is wrong with a database that cannot be opened; errno is the system's cause, or 0.
 * Returns the exit status. */
int site_complain_of_file(const char *path, enum store_problem problem);

/* The account of a user name as typed. False with the exit status. */
bool site_find_account(const struct config *config, struct accounts *accounts, const char *name,
	struct account *account_out, int *status_out) __attribute__((warn_unused_result));
