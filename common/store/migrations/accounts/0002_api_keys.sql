-- Programs that use the site over HTTP.

CREATE TABLE api_key (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- never another's: what was said under an Idempotency-Key is known by it
	name TEXT NOT NULL, -- whose it is, as its maker says
	secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32), -- SHA-256 of 256 random bits
	scopes TEXT NOT NULL, -- words with blanks between them (common/store/api_key.h)
	rooms TEXT NOT NULL, -- patterns, a line each; '': all rooms
	created INTEGER NOT NULL,
	expires INTEGER, -- NULL: never
	used INTEGER -- lately, in steps of a minute; NULL: never
) STRICT;
