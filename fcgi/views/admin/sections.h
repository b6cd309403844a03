/* SPDX-License-Identifier: MIT */
/* The parts of the admin, in the order of its navigation. */
#pragma once

#include <stddef.h>

struct admin_list;

struct admin_section {
	const char *name; /* of its path; "" is the overview */
	const char *title; /* untranslated */
	const struct admin_list *list; /* NULL: a page of its own, with a row in fcgi/urls.c */
};

extern const struct admin_section admin_sections[];
extern const size_t admin_section_count;
