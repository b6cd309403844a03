-- accounts.db: who people are. Times are milliseconds since 1970, UTC.

CREATE TABLE account (
	id BLOB PRIMARY KEY CHECK (length(id) = 16), -- the sender of what was said; a guest's who registers stays the same
	username TEXT NOT NULL, -- as typed when it was registered; logs in
	username_key TEXT NOT NULL UNIQUE, -- the same folded: what is compared (common/name_key.h)
	display_name TEXT NOT NULL, -- what others read
	password TEXT NOT NULL, -- argon2id with its salt and cost, as libsodium writes it; '' logs nobody in
	is_superuser INTEGER NOT NULL CHECK (is_superuser IN (0, 1)),
	is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)), -- 0: banned; keeps its name
	joined INTEGER NOT NULL,
	last_login INTEGER -- NULL: never
) STRICT, WITHOUT ROWID;

CREATE TABLE former_account ( -- deleted; what it has said is still there, so its id is nobody's again
	id BLOB PRIMARY KEY CHECK (length(id) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE taken_name ( -- nobody else, guest or account, may be called something that looks like it
	skeleton TEXT PRIMARY KEY, -- of a user name or display name (common/name_key.h)
	account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_name_account ON taken_name (account);

CREATE TABLE session (
	key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 32), -- SHA-256 of the cookie's 256 random bits
	account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	created INTEGER NOT NULL,
	seen INTEGER NOT NULL, -- lately: a page or a live socket, in steps of minutes
	address TEXT NOT NULL, -- of the login
	agent TEXT NOT NULL -- the browser's name for itself at the login, cut
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account, created);

CREATE TABLE revocation ( -- whose sockets are to be closed; written with what revokes them, read by the broker
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- without a gap, so that who reads late knows it
	kind INTEGER NOT NULL CHECK (kind IN (1, 2)), -- 1: a session, by key_hash; 2: a person, by id
	is_ban INTEGER NOT NULL CHECK (is_ban IN (0, 1)), -- 1: there is no coming back
	key BLOB NOT NULL CHECK (length(key) = iif(kind = 1, 32, 16)),
	time INTEGER NOT NULL -- kept for minutes: sockets that open later look for themselves
) STRICT;
CREATE INDEX revocation_time ON revocation (time);

CREATE TABLE invite (
	token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32), -- SHA-256 of the link's random bits
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
	note TEXT NOT NULL -- whom it is for, as its maker says
) STRICT, WITHOUT ROWID;

CREATE TABLE penalty ( -- for wrong passwords; a bounded number of rows, the oldest go
	key BLOB PRIMARY KEY CHECK (length(key) = 16), -- a cut SHA-256 of kind, source and user name
	tries INTEGER NOT NULL,
	until INTEGER NOT NULL, -- refused until then
	forgotten INTEGER NOT NULL -- from then on the row says nothing
) STRICT, WITHOUT ROWID;
CREATE INDEX penalty_forgotten ON penalty (forgotten);

CREATE TABLE known_source ( -- where an account has logged in from: others' wrong passwords cost nothing there
	key BLOB PRIMARY KEY CHECK (length(key) = 16), -- a cut SHA-256 of source and user name
	account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
	seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX known_source_account ON known_source (account, seen);
