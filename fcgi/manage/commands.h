/* SPDX-License-Identifier: MIT */
/* The commands of roomwire-manage; the table in fcgi/manage.c says what each is called. What they
 * print goes to stdout, what is wrong is one line on stderr, and they return the exit status of
 * sysexits(3). */
#pragma once

#include "common/config.h"

int manage_superuser_create(const struct config *config, const char *unused);
int manage_password_change(const struct config *config, const char *name);

int manage_user_list(const struct config *config, const char *unused);
int manage_user_add(const struct config *config, const char *name);
int manage_user_delete(const struct config *config, const char *name);
int manage_user_ban(const struct config *config, const char *name);
int manage_user_unban(const struct config *config, const char *name);
int manage_user_promote(const struct config *config, const char *name);
int manage_user_demote(const struct config *config, const char *name);

int manage_invite_create(const struct config *config, const char *unused);
int manage_invite_list(const struct config *config, const char *unused);
int manage_invite_delete(const struct config *config, const char *id);

int manage_api_key_add(const struct config *config, const char *name);
int manage_api_key_list(const struct config *config, const char *unused);
int manage_api_key_remove(const struct config *config, const char *id);

int manage_session_list(const struct config *config, const char *name);
int manage_session_purge(const struct config *config, const char *unused);

int manage_room_list(const struct config *config, const char *unused);
int manage_room_show(const struct config *config, const char *room);
int manage_room_topic(const struct config *config, const char *room);
int manage_room_lock(const struct config *config, const char *room);
int manage_room_slow(const struct config *config, const char *room);
int manage_room_members_only(const struct config *config, const char *room);
int manage_room_hide(const struct config *config, const char *room);

/* room, name: may be NULL. */
int manage_role_list(const struct config *config, const char *room);
int manage_role_set(const struct config *config, const char *name);
int manage_role_remove(const struct config *config, const char *name);
int manage_ban_list(const struct config *config, const char *unused);
int manage_ban_add(const struct config *config, const char *name);
int manage_ban_remove(const struct config *config, const char *name);
int manage_mute_list(const struct config *config, const char *unused);
int manage_mute_add(const struct config *config, const char *name);
int manage_mute_remove(const struct config *config, const char *name);

int manage_audit_list(const struct config *config, const char *unused);
int manage_permissions(const struct config *config, const char *unused);
int manage_permissions_verbs(const struct config *config, const char *unused);

int manage_token_make(const struct config *config, const char *subject);
int manage_token_check(const struct config *config, const char *unused);
int manage_key_rotate(const struct config *config, const char *unused);

int manage_migrate(const struct config *config, const char *unused);
int manage_check(const struct config *config, const char *unused);
