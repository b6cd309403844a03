/* SPDX-License-Identifier: MIT */
/* The site's URLs, as urls.py has them. Every POST is checked for its token by the middleware. */
#include "fcgi/router.h"
#include "fcgi/views/views.h"

const struct url urls[] = {
	{ METHOD_GET, "/healthz", view_health, "health", URL_PUBLIC },
	{ METHOD_GET, "/api/rooms/:room/messages", view_api_messages, "api-messages", URL_JSON },
	{ METHOD_GET, "/api/rooms/:room/search", view_api_search, "api-search", URL_JSON },
	{ METHOD_GET, "/accounts/register/", view_register_form, "register", URL_PUBLIC },
	{ METHOD_POST, "/accounts/register/", view_register, "register-send", URL_PUBLIC },
	{ METHOD_GET, "/accounts/login/", view_login_form, "login", URL_PUBLIC },
	{ METHOD_POST, "/accounts/login/", view_login, "login-send", URL_PUBLIC },
	{ METHOD_GET, "/accounts/logout/", view_logout_form, "logout", URL_PUBLIC },
	{ METHOD_POST, "/accounts/logout/", view_logout, "logout-send", URL_PUBLIC },
	{ METHOD_GET, "/accounts/password/", view_password_form, "password", URL_LOGIN },
	{ METHOD_POST, "/accounts/password/", view_password, "password-send", URL_LOGIN },
	{ METHOD_GET, "/accounts/profile/", view_profile, "profile", URL_LOGIN },
	{ METHOD_GET, "/accounts/sessions/", view_sessions, "sessions", URL_LOGIN },
	{ METHOD_POST, "/accounts/sessions/", view_sessions_end, "sessions-end", URL_LOGIN },
	{ METHOD_GET, "@", view_index, "index", 0 },
	/* Without a final slash: the room "name" is one path further on. */
	{ METHOD_GET, "@name", view_name_form, "name", 0 },
	{ METHOD_POST, "@name", view_name_change, "name-change", 0 },
	{ METHOD_GET, "@:room/", view_room, "room", 0 },
	{ METHOD_POST, "@:room/", view_room_say, "room-say", URL_EITHER },
	{ METHOD_GET, "@:room", view_room_slash, "room-slash", 0 },
	{ METHOD_GET, "@:room/search", view_search, "search", 0 },
	{ METHOD_GET, "/", view_root, "root", 0 },
};

const size_t url_count = sizeof(urls) / sizeof(urls[0]);
