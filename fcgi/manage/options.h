/* SPDX-License-Identifier: MIT */
/* What the command line of roomwire-manage says besides words: filled by the parser before a
 * command runs, constant afterwards. NULL where it says nothing, "" for a switch that is on. */
#pragma once

#include "common/arguments.h"

struct manage_options {
	const char *json;
	const char *username;
	const char *password_file;
	const char *yes;
	const char *uses;
	const char *days;
	const char *note;
	const char *name;
	const char *room;
	const char *seconds;
	const char *all;
	const char *user;
	const char *text;
	const char *off;
	const char *role;
	const char *address;
	const char *reason;
	const char *id;
	const char *search;
	const char *limit;
	const char *after;
	const char *before;
	const char *scopes[ARGUMENTS_LIST_MAX];
	const char *rooms[ARGUMENTS_LIST_MAX];
};

extern struct manage_options manage_options;
