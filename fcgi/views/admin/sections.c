/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/sections.h"

#include "fcgi/views/admin/lists.h"

const struct admin_section admin_sections[] = {
	{ "", N_("Overview"), NULL },
	{ "rooms", N_("Rooms"), &admin_rooms },
	{ "people", N_("People"), &admin_people },
	{ "sessions", N_("Sessions"), &admin_user_sessions },
	{ "connections", N_("Connections"), &admin_connections },
	{ "messages", N_("Messages"), &admin_messages },
	{ "bans", N_("Bans and mutes"), &admin_bans },
	{ "invites", N_("Invitations"), &admin_invites },
	{ "keys", N_("API keys"), &admin_keys },
	{ "announcements", N_("Announcements"), &admin_announcements },
	{ "audit", N_("Audit log"), &admin_audit },
	{ "health", N_("Health"), NULL },
};

const size_t admin_section_count = sizeof(admin_sections) / sizeof(admin_sections[0]);

_Static_assert(sizeof(admin_sections) / sizeof(admin_sections[0]) <= ADMIN_SECTIONS_MAX,
	"a page has place for all of them");
