-- history.db: what was said in the rooms. Numbers and times are the broker's; texts are UTF-8.

CREATE TABLE archive ( -- exactly one row: what concerns the database as a whole
	one INTEGER PRIMARY KEY CHECK (one = 1),
	epoch TEXT NOT NULL, -- 16 hexadecimal digits, drawn when it was made; a copy gets its own
	indexed INTEGER NOT NULL, -- message.id up to which the search index has come
	probe INTEGER NOT NULL -- counted up to see whether writing works
) STRICT;

INSERT INTO archive (one, epoch, indexed, probe) VALUES (1, lower(hex(randomblob(8))), 0, 0);

CREATE TABLE room (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE, -- as in its address
	pruned INTEGER NOT NULL DEFAULT 0 -- seq of the last message that was deleted; 0 for none
) STRICT;

CREATE TABLE message (
	id INTEGER PRIMARY KEY, -- the order of the commits over all rooms; search.rowid. When the
		-- newest rows are deleted, their numbers are given again: archive.indexed follows down
	room INTEGER NOT NULL REFERENCES room (id),
	seq INTEGER NOT NULL CHECK (seq > 0), -- 1, 2, 3 … in its room; only the oldest are deleted
	time INTEGER NOT NULL, -- milliseconds since 1970, UTC; never goes back within a room
	sender BLOB CHECK (length(sender) = 16), -- who said it, whatever the name; NULL: the site
	ref TEXT, -- as its sender named it, so that a retry is known. No index: looked for in memory
	user TEXT NOT NULL, -- the name that was shown; '' for the site
	text TEXT NOT NULL, -- last, so that the others are read without it
	UNIQUE (room, seq)
) STRICT;

-- The words of the messages up to archive.indexed, by message.id. It keeps no texts of its own, so
-- a row is deleted with the very tokens that it was made of. A room's words are its own ("17:hello"),
-- so that a search costs what the room is large, not the database.
CREATE VIRTUAL TABLE search USING fts5 (
	words, -- the tokens of the text, each behind message.room and a colon, separated by spaces
	content = '', columnsize = 0, tokenize = 'ascii tokenchars '':'''
);

-- Merging goes along with the slices of the upkeep, a little in each.
INSERT INTO search (search, rank) VALUES ('automerge', 0);
