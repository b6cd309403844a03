/* SPDX-License-Identifier: MIT */
/* The site's URLs, as in urls.py. The middleware checks the token or the key of every POST. What is
 * below /api/ is for scripts, and refused in JSON. */
#include "fcgi/router.h"
#include "fcgi/views/views.h"

const struct url urls[] = {
	{ METHOD_GET, "/healthz", view_health, "health", URL_PUBLIC, 0 },
	{ METHOD_GET, "/api/rooms/:room/messages", view_api_messages, "api-messages", 0,
		API_MESSAGES_READ },
	{ METHOD_POST, "/api/rooms/:room/messages", view_api_room_send, "api-room-send", URL_KEY,
		API_MESSAGES_SEND },
	{ METHOD_GET, "/api/rooms/:room/search", view_api_search, "api-search", 0,
		API_MESSAGES_READ },
	{ METHOD_GET, "/api/rooms", view_api_rooms, "api-rooms", URL_KEY, API_ROOMS_READ },
	{ METHOD_GET, "/api/rooms/:room/members", view_api_members, "api-members", URL_KEY,
		API_ROOMS_READ },
	{ METHOD_POST, "/api/channels/:channel/messages", view_api_channel_send, "api-channel-send",
		URL_KEY, API_CHANNELS_SEND },
	{ METHOD_GET, "/accounts/register/", view_register_form, "register",
		URL_PUBLIC | URL_ACCOUNTS, 0 },
	{ METHOD_POST, "/accounts/register/", view_register, "register-send",
		URL_PUBLIC | URL_ACCOUNTS, 0 },
	{ METHOD_GET, "/accounts/login/", view_login_form, "login", URL_PUBLIC | URL_ACCOUNTS, 0 },
	{ METHOD_POST, "/accounts/login/", view_login, "login-send", URL_PUBLIC | URL_ACCOUNTS, 0 },
	{ METHOD_GET, "/accounts/logout/", view_logout_form, "logout", URL_PUBLIC | URL_ACCOUNTS,
		0 },
	{ METHOD_POST, "/accounts/logout/", view_logout, "logout-send", URL_PUBLIC | URL_ACCOUNTS,
		0 },
	{ METHOD_GET, "/accounts/password/", view_password_form, "password",
		URL_LOGIN | URL_ACCOUNTS, 0 },
	{ METHOD_POST, "/accounts/password/", view_password, "password-send",
		URL_LOGIN | URL_ACCOUNTS, 0 },
	{ METHOD_GET, "/accounts/profile/", view_profile, "profile", URL_LOGIN | URL_ACCOUNTS, 0 },
	{ METHOD_GET, "/accounts/sessions/", view_sessions, "sessions", URL_LOGIN | URL_ACCOUNTS,
		0 },
	{ METHOD_POST, "/accounts/sessions/", view_sessions_end, "sessions-end",
		URL_LOGIN | URL_ACCOUNTS, 0 },
	{ METHOD_GET, "@", view_index, "index", 0, 0 },
	/* Without a final slash: the room's own path is "name" with one. */
	{ METHOD_GET, "@name", view_name_form, "name", 0, 0 },
	{ METHOD_POST, "@name", view_name_change, "name-change", 0, 0 },
	{ METHOD_GET, "@:room/", view_room, "room", 0, 0 },
	{ METHOD_POST, "@:room/", view_room_say, "room-say", URL_EITHER, 0 },
	{ METHOD_POST, "@:room/edit/", view_room_edit, "room-edit", URL_EITHER, 0 },
	{ METHOD_POST, "@:room/delete/", view_room_delete, "room-delete", URL_EITHER, 0 },
	{ METHOD_GET, "@:room", view_room_slash, "room-slash", 0, 0 },
	{ METHOD_GET, "@:room/search", view_search, "search", 0, 0 },
	{ METHOD_GET, "@:room/people/", view_people, "people", 0, 0 },
	{ METHOD_GET, "@:room/settings/", view_settings, "settings", 0, 0 },
	{ METHOD_GET, "@:room/message/", view_message, "message", 0, 0 },
	{ METHOD_POST, "@:room/moderate/", view_moderate, "room-moderate", URL_EITHER, 0 },
	{ METHOD_GET, "/", view_root, "root", 0, 0 },
};

const size_t url_count = sizeof(urls) / sizeof(urls[0]);
