-- Rooms with rules, who has a part in them, and who is kept out or silent.

CREATE TABLE room ( -- that somebody owns or that has rules; all others are open, and nobody's
	name TEXT PRIMARY KEY, -- as in its address
	topic TEXT NOT NULL,
	is_members_only INTEGER NOT NULL CHECK (is_members_only IN (0, 1)),
	is_locked INTEGER NOT NULL CHECK (is_locked IN (0, 1)),
	is_hidden INTEGER NOT NULL CHECK (is_hidden IN (0, 1)),
	slow_seconds INTEGER NOT NULL CHECK (slow_seconds >= 0),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE room_role (
	room TEXT NOT NULL REFERENCES room (name) ON DELETE CASCADE,
	user BLOB NOT NULL CHECK (length(user) = 16), -- an account's, or of another site
	role INTEGER NOT NULL CHECK (role IN (2, 3, 4)), -- common/moderation.h: member, moderator, owner
	name TEXT NOT NULL, -- what others read when it was given
	given INTEGER NOT NULL,
	PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_role_user ON room_role (user);

CREATE TABLE sanction (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	room TEXT NOT NULL, -- '': the whole site
	kind INTEGER NOT NULL CHECK (kind IN (1, 2)), -- 1: muted, 2: banned
	subject INTEGER NOT NULL CHECK (subject IN (1, 2, 3)), -- what key is: a user, a session, an address
	key BLOB NOT NULL, -- 16 bytes; 32 bytes; 16 bytes of IPv6 (IPv4 mapped), those behind the prefix 0
	prefix INTEGER NOT NULL CHECK (prefix BETWEEN 0 AND 128), -- of an address, in bits; else 128
	name TEXT NOT NULL, -- whom it is meant for, as others read it
	reason TEXT NOT NULL,
	by_name TEXT NOT NULL, -- '': the site
	created INTEGER NOT NULL,
	until INTEGER, -- NULL: for good
	UNIQUE (room, kind, subject, key, prefix)
) STRICT;
CREATE INDEX sanction_until ON sanction (until);
CREATE INDEX sanction_subject ON sanction (subject, key, room);
CREATE INDEX sanction_prefix ON sanction (room, prefix) WHERE subject = 3; -- those in use are looked for, one by one

CREATE TABLE room_change ( -- what the broker has to look at anew; written with what changes it
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- without a gap, so that who reads late knows it
	room TEXT NOT NULL, -- '': every room
	user BLOB CHECK (length(user) = 16), -- whose standing has changed; NULL: the room's rules, or anybody's
	notice TEXT NOT NULL, -- for the people in the room: an object of roomwire.v1
	time INTEGER NOT NULL -- kept for minutes
) STRICT;
CREATE INDEX room_change_time ON room_change (time);

CREATE TABLE audit ( -- every order and everything an admin did
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	time INTEGER NOT NULL,
	via TEXT NOT NULL, -- socket, page, admin, api, shell
	actor BLOB CHECK (length(actor) = 16), -- NULL: the site itself
	actor_name TEXT NOT NULL,
	action TEXT NOT NULL, -- a verb of common/moderation.h, or as the commands are called: "user ban"
	room TEXT NOT NULL, -- '': none
	subject TEXT NOT NULL, -- to whom or to what it was done
	detail TEXT NOT NULL -- what else an order said, for people
) STRICT;
CREATE INDEX audit_time ON audit (time);
