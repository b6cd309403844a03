// SPDX-License-Identifier: MIT
// What /static/js/roomwire.js offers, for editors and for tsc. A test holds it against the source.

/** The name of a room as people see it, and how to reach it. */
export interface Options {
	room: string;

	/** Where the sockets are: "/ws/" of the page's host by default, or "wss://chat.example.org/ws/". */
	url?: string;

	/** The server's `[limits] message_bytes`: what is longer is refused before it is sent. 16384 by default. */
	messageBytes?: number;

	/** Of what the page shows already: the room's epoch, and the number of the last message of it. */
	epoch?: string;
	seq?: number;

	/** Whose page it is, as the server has put it in there: for anybody else there is no connection. */
	identity?: string;

	/**
	 * What another site says of its user. A ticket is good for one connection, so that a function, which is asked for each,
	 * is what comes back by itself.
	 */
	ticket?: string | (() => string | Promise<string>);

	/**
	 * Whether what is not sent yet outlives the page: what an earlier one left is told as `unsent`, and a message that was
	 * refused stays until it is sent again or given to `discard()`.
	 */
	keep?: boolean;

	/**
	 * Where messages are posted when the network lets no socket through, with the page's token. Both are in the settings of
	 * a room's page; a page of another site has neither, and can only listen then.
	 */
	postUrl?: string;

	/** The same of edits and deletions. */
	editUrl?: string;
	deleteUrl?: string;
	csrfToken?: string;

	/** Where orders are posted then. */
	moderateUrl?: string;

	/** Where older messages are asked for without a socket: `/api/rooms/ROOM/messages`. */
	historyUrl?: string;

	/** The ways to try, best first; all of them by default. */
	transports?: TransportName[];

	/**
	 * Asked after some tries in vain, since no script is told why a handshake is refused: an answer, such as
	 * `{ code: 4401 }`, ends the connection.
	 */
	explain?: () => Promise<{ code: number; reason?: string } | undefined>;
}

/** A WebSocket, a stream of server-sent events, or one request after the other. */
export type TransportName = 'websocket' | 'eventstream' | 'longpoll';

/** waiting: lost, and coming back by itself at `retryAt`; closed: for good, until `reconnect()`. */
export type State = 'connecting' | 'connected' | 'waiting' | 'closed';

export interface StateDetail {
	state: State;

	/** The close code that led to waiting or closed, and its name, such as "service_restart". */
	code?: number;
	reason?: string;

	/** When the next try is, in milliseconds since the epoch; of waiting. */
	retryAt?: number;

	/** By which way; of connecting and connected. */
	transport?: TransportName;
}

/** What somebody with more than an account is in this room. */
export type Role = 'member' | 'moderator' | 'owner' | 'superuser';

/** What is to be known of the names that stand beside it; who is in none has no role, is not muted and not away. */
export interface Marks {
	roles?: Record<string, Role>;
	muted?: string[];

	/** Nobody looks at what they have open. */
	away?: string[];
}

/** Fields that a server of another version leaves out are undefined. */
export interface Welcome extends Marks {
	type: 'welcome';
	room: string;

	/** The name by which others know this person. */
	user: string;

	/** What the numbers of messages belong to: those of another epoch mean other messages. */
	epoch: string;

	/** The number of the room's last message. */
	seq: number;

	/** Whether everything that was missed follows. */
	recovered: boolean;

	/** The first people of the room, and how many there are; `members_next` for `askMembers()` when there are more. */
	members: string[];
	members_total: number;
	members_next?: string;

	/** What the room asks of people; missing where it asks nothing. */
	rules?: Rules;

	/** What this person is there. */
	you?: You;
}

export interface Rules {
	topic: string;
	members_only: boolean;
	locked: boolean;
	hidden: boolean;

	/** The pause between two messages of one person; 0 without one. */
	slow_seconds: number;
}

export interface You {
	role: Role | 'guest' | 'user';

	/** What the room lets this person do now: "say", "topic", "mute" … */
	can: string[];

	/** As in 2026-11-21T03:35:00.123Z; missing or "" without a mute. */
	muted_until?: string | null;
}

/** What a moderator orders: about a person by `user`, or by `target`, the number of a message of theirs. */
export interface Order {
	action: 'topic' | 'lock' | 'slow' | 'members_only' | 'hide' | 'mute' | 'unmute' | 'kick' | 'ban' | 'unban' | 'role';
	user?: string;
	target?: number;

	/** What is banned: "user" without it. */
	by?: 'user' | 'session' | 'address';

	/** For good without it. */
	seconds?: number;

	/** The topic, or why. */
	text?: string;
	role?: string;

	/** True without it. */
	on?: boolean;
}

/** What was just done, and by whom. */
export interface Moderation extends Omit<Order, 'target' | 'by'> {
	type: 'moderation';
	by: string;
}

export interface Message {
	/** Consecutive; missing only where a room has no numbers. */
	seq?: number;

	/** "" when the site itself says it. */
	user: string;
	message: string;

	/** As in 2026-11-21T03:35:00.123Z. */
	time: string;

	/** When its text was changed last; what it was before is not told. */
	edited?: string;

	/** It has no text any more: `message` is "". */
	deleted?: boolean;
}

/** A message has another text: the one with the number `target`, if it is not deleted. */
export interface Edit {
	type: 'edit';

	/** Consecutive with those of messages. */
	seq: number;
	target: number;

	/** Who has edited it. */
	user: string;

	/** "" when the message was deleted since. */
	message: string;
	time: string;
}

/** A message is no more: the one with the number `target`. */
export interface Delete {
	type: 'delete';
	seq: number;
	target: number;

	/** Who has deleted it. */
	user: string;
	time: string;
}

export interface Presence extends Marks {
	type: 'presence';
	joined: string[];
	left: string[];

	/** They were away. */
	back?: string[];
	count: number;
}

/** Instead of `presence` where many are. */
export interface Count {
	type: 'count';
	count: number;
}

export interface Members extends Marks {
	type: 'members';
	members: string[];
	more: boolean;
	next?: string;
}

export interface Ack {
	type: 'ack';
	ref: string;
	seq: number;
}

/** An order was carried out. */
export interface Done {
	type: 'done';
	ref: string;
}

/**
 * What the server refuses. `busy`, `too_fast`, `stopping`, `timeout`, `unavailable`, `unreadable` and `storage` mend
 * themselves: the message goes again.
 */
export interface ServerError {
	type: 'error';
	code: string;
	message: string;

	/** Of the message that it is about. */
	ref?: string;

	/** How long to wait at least. */
	retry_after_ms?: number;
}

/** The server cannot reach the others of its site, and says in `message` what that means. */
export interface Unavailable {
	type: 'error';
	code: 'unavailable';
	message: string;
}

/** The room's numbers have begun anew: from here on messages are of that epoch, and the next has `seq` + 1. */
export interface Epoch {
	type: 'epoch';
	epoch: string;
	seq: number;
}

/** Who is writing something, oneself among them: forget a name after six seconds, and when its message comes. */
export interface Typing {
	type: 'typing';

	/** At most five. */
	users: string[];
}

/** Said to everybody, and no part of the history. */
export interface Notice {
	type: 'notice';
	message: string;
}

/** The server ends the connection, and how many seconds it asks for until the next one. */
export interface Bye {
	type: 'bye';
	code: number;
	retry_after?: number;
}

/** What an earlier page could not send: it is on its way when `code` is "", else it was refused with that code. */
export interface Unsent {
	ref: string;
	text: string;

	/** When it was written, in milliseconds since the epoch. */
	time: number;
	code: string;
}

/** What `on()` may be given, with what its listener is called with. */
export interface Events {
	/** The connection has changed. */
	state: StateDetail;

	/** A connection stands; again after each loss. */
	welcome: Welcome;

	/** In order, and each once. */
	message: Message;

	/** In order with the messages. */
	edit: Edit;
	delete: Delete;

	/** Too much was missed to be told: the messages that follow are the last ones, not the next. */
	reset: object;
	presence: Presence;
	count: Count;
	members: Members;
	typing: Typing;
	notice: Notice;
	unsent: Unsent;
	ack: Ack;
	done: Done;
	error: ServerError;

	/** Until `available`, or until the connection is another one. */
	unavailable: Unavailable;
	available: object;
	epoch: Epoch;
	bye: Bye;

	/** They have changed. */
	rules: Rules;
	you: You;
	moderation: Moderation;
}

/** Messages before a number, or after one. */
export interface Range {
	before?: number;
	after?: number;

	/** At most 500. */
	limit?: number;
}

/** Ascending; `more`: in the direction of the question. */
export interface HistoryPage {
	messages: ((Message & { type?: undefined; seq: number }) | Edit | Delete)[];
	more: boolean;
}

/**
 * Why something was not done. `code` is the protocol's word, such as "too_long", "forbidden" or "no_history", or one of the
 * client's own: "closed", "outbox_full", "stale", "listen_only", "timeout". `message` is a sentence for people.
 */
export class RefusedError extends Error {
	constructor(code: string, message: string);
	code: string;
}

/** A room that is open, whatever its connection does; `connect()` makes it. */
export class Connection extends EventTarget {
	constructor(options: Options);

	get state(): StateDetail;

	on<Type extends keyof Events>(type: Type, listener: (detail: Events[Type]) => void): void;

	/**
	 * Says something; kept and sent later when the connection is away, in order and once.
	 *
	 * @param ref of an earlier try that failed
	 * @returns the message's number once the server has it; rejected with a RefusedError
	 */
	send(text: string, ref?: string): Promise<{ seq: number }> & { ref: string };

	/** Tells the others that something is being written: call it at every key, it is sent every three seconds. */
	typing(): void;

	/** Tells the others that nobody looks at what is shown here, or that somebody does again; kept for new connections. */
	setAway(isAway: boolean): void;

	/**
	 * Gives one's own message another text; sent when there is a connection, and done once.
	 *
	 * @param target the number of the message
	 * @returns the number of the edit; rejected with a RefusedError: `no_target`, `not_yours`, `too_late`
	 */
	edit(target: number, text: string): Promise<{ seq: number }>;

	/** Deletes a message, likewise. */
	delete(target: number): Promise<{ seq: number }>;

	/** Whether the message of a number was told, or was there before. */
	hasSeen(seq: number): boolean;

	/** Gives up what was not sent. */
	discard(ref: string): void;

	/** Orders something in the room; rejected with a RefusedError, `closed` without a connection: it is not kept. */
	moderate(order: Order): Promise<void>;

	/** Rejected with a RefusedError: `no_history` where none is kept, `closed` without a connection. */
	history(range: Range): Promise<HistoryPage>;

	/**
	 * Asks for more people; the answer is an event `members`.
	 *
	 * @param after `members_next` of the welcome, or `next` of the answer before
	 */
	askMembers(after: string): void;

	/** Connects now, whatever was planned. */
	reconnect(): void;

	/** Leaves for good. */
	close(): void;
}

/** Opens a room. Returns at once; watch the event `state`. */
export function connect(options: Options): Connection;
