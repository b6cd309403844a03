/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/sections.h"

#include "fcgi/views/admin/lists.h"

const struct admin_section admin_sections[] = {
	{ "", MESSAGE("Overview"), NULL },
	{ "rooms", MESSAGE("Rooms"), &admin_rooms },
	{ "people", MESSAGE("People"), &admin_people },
	{ "sessions", MESSAGE("Sessions"), &admin_user_sessions },
	{ "connections", MESSAGE("Connections"), &admin_connections },
	{ "messages", MESSAGE("Messages"), &admin_messages },
	{ "bans", MESSAGE("Bans and mutes"), &admin_bans },
	{ "invites", MESSAGE("Invitations"), &admin_invites },
	{ "keys", MESSAGE("API keys"), &admin_keys },
	{ "announcements", MESSAGE("Announcements"), &admin_announcements },
	{ "audit", MESSAGE("Audit log"), &admin_audit },
	{ "health", MESSAGE("Health"), NULL },
};

const size_t admin_section_count = sizeof(admin_sections) / sizeof(admin_sections[0]);

_Static_assert(sizeof(admin_sections) / sizeof(admin_sections[0]) <= ADMIN_SECTIONS_MAX,
	"a page has place for all of them");
