-- Messages that are edited and deleted. Columns are added without touching a row: what was written
-- before says nothing of them.

ALTER TABLE message ADD COLUMN kind INTEGER NOT NULL DEFAULT 0; -- enum message_kind
ALTER TABLE message ADD COLUMN target INTEGER; -- seq of the message that this row changes
ALTER TABLE message ADD COLUMN edited INTEGER; -- when the text was changed last; NULL: never

-- Where the edits of a message are: their texts go when it is deleted.
CREATE TABLE edit (
	room INTEGER NOT NULL REFERENCES room (id),
	target INTEGER NOT NULL, -- message.seq of what was edited
	seq INTEGER NOT NULL, -- message.seq of the edit
	PRIMARY KEY (room, target, seq)
) STRICT, WITHOUT ROWID;
