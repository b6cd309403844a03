/* SPDX-License-Identifier: MIT */
/* The lists of the admin, one in each file. */
#pragma once

#include "fcgi/views/admin/list.h"

extern const struct admin_list admin_rooms;
extern const struct admin_list admin_people;
extern const struct admin_list admin_user_sessions;
extern const struct admin_list admin_connections;
extern const struct admin_list admin_messages;
extern const struct admin_list admin_bans;
extern const struct admin_list admin_invites;
extern const struct admin_list admin_keys;
extern const struct admin_list admin_announcements;
extern const struct admin_list admin_audit;

/* Where an order of the audit log came from, in the reader's language. */
struct str admin_via(struct admin_page *page, struct str word);
