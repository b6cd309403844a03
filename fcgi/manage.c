/* SPDX-License-Identifier: MIT */
/* roomwire-manage: what an admin does to a site from a shell (Django: manage.py), a row each. */
#include <stdio.h>
#include <sysexits.h>

#include "common/arguments.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/new_password.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/site.h"

struct manage_options manage_options;

#define PASSWORD_FILE                                                          \
	"password-file", "FILE", "its first line is the password; - is stdin", \
		&manage_options.password_file
#define OPTIONS(rows) rows, sizeof(rows) / sizeof(rows[0])
#define NO_OPTIONS NULL, 0

static const struct arguments_option options[] = {
	{ "json", NULL, "print JSON, an object a line", &manage_options.json },
};
static const struct arguments_option superuser_options[] = {
	{ "username", "NAME", "who it is; asked for where it is missing",
		&manage_options.username },
	{ PASSWORD_FILE },
};
static const struct arguments_option password_options[] = { { PASSWORD_FILE } };
static const struct arguments_option delete_options[] = {
	{ "yes", NULL, "do not ask whether it is meant", &manage_options.yes },
};
static const struct arguments_option invite_options[] = {
	{ "uses", "N", "so many people may use it (1)", &manage_options.uses },
	{ "days", "N", "for so long (7)", &manage_options.days },
	{ "note", "TEXT", "whom it is for", &manage_options.note },
};
static const struct arguments_option api_key_options[] = {
	{ "scope", "SCOPE...", "what it may do", manage_options.scopes },
	{ "room", "PATTERN...", "the only rooms that it is for", manage_options.rooms },
	{ "days", "N", "for so long (for ever)", &manage_options.days },
};
static const struct arguments_option purge_options[] = {
	{ "all", NULL, "those that are not over, too", &manage_options.all },
	{ "user", "NAME", "all of one account", &manage_options.user },
};

static const struct arguments_option token_options[] = {
	{ "name", "NAME", "what others read (SUBJECT)", &manage_options.name },
	{ "room", "ROOM", "the only room that it opens", &manage_options.room },
	{ "seconds", "N", "good for so long (60)", &manage_options.seconds },
};

#define SEARCH                                                                           \
	{                                                                                \
		"search", "TEXT", "only those with this in them", &manage_options.search \
	}
#define LIMIT                                                        \
	{                                                            \
		"limit", "N", "so many (all)", &manage_options.limit \
	}
#define AFTER                                                                  \
	{                                                                      \
		"after", "NAME", "only those behind it", &manage_options.after \
	}
#define BEFORE                                                                      \
	{                                                                           \
		"before", "ID", "only those that are older", &manage_options.before \
	}
#define IN_ROOM                                                    \
	{                                                          \
		"room", "ROOM", "only there", &manage_options.room \
	}
#define WHERE                                                                  \
	{                                                                      \
		"room", "ROOM", "where (the whole site)", &manage_options.room \
	}
#define REASON                                                  \
	{                                                       \
		"reason", "TEXT", "why", &manage_options.reason \
	}
#define ADDRESS                                                                     \
	{                                                                           \
		"address", "BLOCK", "who comes from there", &manage_options.address \
	}

static const struct arguments_option rooms_options[] = { SEARCH, LIMIT, AFTER };
static const struct arguments_option newest_options[] = { IN_ROOM, SEARCH, LIMIT, BEFORE };
static const struct arguments_option topic_options[] = {
	{ "text", "TEXT", "the topic", &manage_options.text },
};
static const struct arguments_option switch_options[] = {
	{ "off", NULL, "end it", &manage_options.off },
};
static const struct arguments_option slow_options[] = {
	{ "seconds", "N", "between two messages of one person", &manage_options.seconds },
	{ "off", NULL, "end it", &manage_options.off },
};
static const struct arguments_option role_set_options[] = {
	{ "room", "ROOM", "where", &manage_options.room },
	{ "role", "ROLE", "member, moderator or owner", &manage_options.role },
};
static const struct arguments_option role_remove_options[] = {
	{ "room", "ROOM", "where", &manage_options.room },
};
static const struct arguments_option sanction_options[] = {
	WHERE,
	ADDRESS,
	{ "seconds", "N", "for so long (for good)", &manage_options.seconds },
	REASON,
};
static const struct arguments_option lift_options[] = {
	WHERE,
	ADDRESS,
	{ "id", "ID", "the one that the list has under it", &manage_options.id },
	REASON,
};

static const struct arguments_command commands[] = {
	{ "createsuperuser", NULL, "make an account that may do everything",
		OPTIONS(superuser_options), manage_superuser_create },
	{ "changepassword", "NAME", "give an account another password and end its sessions",
		OPTIONS(password_options), manage_password_change },
	{ "user list", NULL, "print all accounts", NO_OPTIONS, manage_user_list },
	{ "user add", "NAME", "make an account", OPTIONS(password_options), manage_user_add },
	{ "user delete", "NAME", "delete an account; what it has said stays",
		OPTIONS(delete_options), manage_user_delete },
	{ "user ban", "NAME", "shut an account out", NO_OPTIONS, manage_user_ban },
	{ "user unban", "NAME", "let it in again", NO_OPTIONS, manage_user_unban },
	{ "user promote", "NAME", "make a superuser of an account", NO_OPTIONS,
		manage_user_promote },
	{ "user demote", "NAME", "take that back", NO_OPTIONS, manage_user_demote },
	{ "invite", NULL, "print a new link to register with", OPTIONS(invite_options),
		manage_invite_create },
	{ "invite create", NULL, "print a new link to register with", OPTIONS(invite_options),
		manage_invite_create },
	{ "invite list", NULL, "print all invites", NO_OPTIONS, manage_invite_list },
	{ "invite delete", "ID", "make an invite useless", NO_OPTIONS, manage_invite_delete },
	{ "apikey add", "NAME", "print a new key for a program that uses HTTP",
		OPTIONS(api_key_options), manage_api_key_add },
	{ "apikey list", NULL, "print all keys", NO_OPTIONS, manage_api_key_list },
	{ "apikey remove", "ID", "make a key useless", NO_OPTIONS, manage_api_key_remove },
	{ "session list", "[NAME]", "print who is logged in where", NO_OPTIONS,
		manage_session_list },
	{ "session purge", NULL, "end the sessions that are over", OPTIONS(purge_options),
		manage_session_purge },
	{ "room list", NULL, "print the rooms that somebody owns or that have rules",
		OPTIONS(rooms_options), manage_room_list },
	{ "room show", "ROOM", "print the rules of a room", NO_OPTIONS, manage_room_show },
	{ "room topic", "ROOM", "say what a room is about", OPTIONS(topic_options),
		manage_room_topic },
	{ "room lock", "ROOM", "let only moderators speak", OPTIONS(switch_options),
		manage_room_lock },
	{ "room slow", "ROOM", "let everybody wait between two messages", OPTIONS(slow_options),
		manage_room_slow },
	{ "room members-only", "ROOM", "let only members in", OPTIONS(switch_options),
		manage_room_members_only },
	{ "room hide", "ROOM", "take a room out of the index", OPTIONS(switch_options),
		manage_room_hide },
	{ "role list", "[ROOM]", "print who has a part in rooms", OPTIONS(rooms_options),
		manage_role_list },
	{ "role set", "NAME", "make a member, a moderator or the owner of somebody",
		OPTIONS(role_set_options), manage_role_set },
	{ "role remove", "NAME", "take that back", OPTIONS(role_remove_options),
		manage_role_remove },
	{ "ban list", NULL, "print who is banned", OPTIONS(newest_options), manage_ban_list },
	{ "ban add", "[NAME]", "keep somebody out of a room or the site", OPTIONS(sanction_options),
		manage_ban_add },
	{ "ban remove", "[NAME]", "let them in again", OPTIONS(lift_options), manage_ban_remove },
	{ "mute list", NULL, "print who is muted", OPTIONS(newest_options), manage_mute_list },
	{ "mute add", "[NAME]", "let somebody read only, in a room or the site",
		OPTIONS(sanction_options), manage_mute_add },
	{ "mute remove", "[NAME]", "let them speak again", OPTIONS(lift_options),
		manage_mute_remove },
	{ "audit list", NULL, "print what was ordered and administered", OPTIONS(newest_options),
		manage_audit_list },
	{ "permissions", NULL, "print who may do what in a room", NO_OPTIONS, manage_permissions },
	{ "permissions verbs", NULL, "print what can be ordered in a room", NO_OPTIONS,
		manage_permissions_verbs },
	{ "gentoken", "SUBJECT", "print a ticket for a user of another site",
		OPTIONS(token_options), manage_token_make },
	{ "checktoken", NULL, "judge the ticket on standard input", NO_OPTIONS,
		manage_token_check },
	{ "rotatekey", NULL, "sign tickets with another key; the last one stays good", NO_OPTIONS,
		manage_key_rotate },
	{ "migrate", NULL, "bring both databases to this program's version", NO_OPTIONS,
		manage_migrate },
	{ "check", NULL, "say what is wrong with the site's files and sockets", NO_OPTIONS,
		manage_check },
};

static const struct arguments_program program = {
	.name = "roomwire-manage",
	.summary = "looks after the accounts, sessions and databases of roomwire",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
};

/* What could not be printed was not said. */
static int finish_output(int status)
{
	bool is_printed = ferror(stdout) == 0 && fflush(stdout) == 0;

	return is_printed ? status : site_complain(EX_IOERR, "stdout cannot be written");
}

int main(int argc, char **argv)
{
	if (new_password_is_exposed(argc, argv))
		return EX_USAGE;
	return finish_output(arguments_run(&program, argc, argv));
}
