/* SPDX-License-Identifier: MIT */
/* The views of the table in fcgi/urls.c. */
#pragma once

#include "fcgi/router.h"

int view_root(struct app *app, struct request *request, struct response *response);
int view_index(struct app *app, struct request *request, struct response *response);
int view_room(struct app *app, struct request *request, struct response *response);
int view_room_say(struct app *app, struct request *request, struct response *response);
int view_room_edit(struct app *app, struct request *request, struct response *response);
int view_room_delete(struct app *app, struct request *request, struct response *response);
int view_room_slash(struct app *app, struct request *request, struct response *response);
int view_name_form(struct app *app, struct request *request, struct response *response);
int view_name_change(struct app *app, struct request *request, struct response *response);
/* Who keeps order in a room, without a script: its people, its rules, one message. */
int view_people(struct app *app, struct request *request, struct response *response);
int view_settings(struct app *app, struct request *request, struct response *response);
int view_message(struct app *app, struct request *request, struct response *response);
int view_moderate(struct app *app, struct request *request, struct response *response);
int view_heads(struct app *app, struct request *request, struct response *response);
int view_search(struct app *app, struct request *request, struct response *response);
int view_api_messages(struct app *app, struct request *request, struct response *response);
int view_api_search(struct app *app, struct request *request, struct response *response);
/* For programs with a key. */
int view_api_rooms(struct app *app, struct request *request, struct response *response);
int view_api_members(struct app *app, struct request *request, struct response *response);
int view_api_standing(struct app *app, struct request *request, struct response *response);
int view_api_moderate(struct app *app, struct request *request, struct response *response);
int view_api_admin_stats(struct app *app, struct request *request, struct response *response);
int view_api_admin_list(struct app *app, struct request *request, struct response *response);
int view_api_admin_act(struct app *app, struct request *request, struct response *response);
int view_api_room_send(struct app *app, struct request *request, struct response *response);
int view_api_channel_send(struct app *app, struct request *request, struct response *response);
/* Accounts: …_form shows the page, the other one takes what it posts. */
int view_register_form(struct app *app, struct request *request, struct response *response);
int view_register(struct app *app, struct request *request, struct response *response);
int view_login_form(struct app *app, struct request *request, struct response *response);
int view_login(struct app *app, struct request *request, struct response *response);
int view_logout_form(struct app *app, struct request *request, struct response *response);
int view_logout(struct app *app, struct request *request, struct response *response);
int view_password_form(struct app *app, struct request *request, struct response *response);
int view_password(struct app *app, struct request *request, struct response *response);
int view_profile(struct app *app, struct request *request, struct response *response);
int view_sessions(struct app *app, struct request *request, struct response *response);
int view_sessions_end(struct app *app, struct request *request, struct response *response);
/* Keeps the language, or the theme, in the field "to", and leads back to the page in "next". */
int view_language(struct app *app, struct request *request, struct response *response);
int view_theme(struct app *app, struct request *request, struct response *response);
/* The admin, for superusers. */
int view_admin_overview(struct app *app, struct request *request, struct response *response);
int view_admin_health(struct app *app, struct request *request, struct response *response);
int view_admin_list(struct app *app, struct request *request, struct response *response);
int view_admin_act(struct app *app, struct request *request, struct response *response);
int view_admin_add(struct app *app, struct request *request, struct response *response);
int view_admin_export(struct app *app, struct request *request, struct response *response);
int view_admin_room(struct app *app, struct request *request, struct response *response);
int view_admin_room_change(struct app *app, struct request *request, struct response *response);
int view_admin_person(struct app *app, struct request *request, struct response *response);
int view_health(struct app *app, struct request *request, struct response *response);
/* A page that says what is wrong; sentence may be "" for the status's own. Returns status. */
int view_error(struct app *app, struct request *request, struct response *response, int status,
	const char *sentence);
