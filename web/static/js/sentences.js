// SPDX-License-Identifier: MIT
// Every sentence that the script of a page says, in one place for translators; the pages' own text
// is in the templates.

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function plural(count, one, many) {
	return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

/**
 * "ann", "ann and bob", "ann, bob and 4 others"
 *
 * @param {string[]} names
 */
function listNames(names) {
	if (names.length <= 3)
		return new Intl.ListFormat('en').format(names);
	return `${names[0]}, ${names[1]} and ${names.length - 2} others`;
}

export const sentences = {
	/** @param {string} room */
	welcome: (room) => `[announcement] Welcome to the ${room} discussion group. Please speak!`,
	/** @param {string} text */
	notice: (text) => `[announcement] ${text}`,

	connecting: 'Connecting…',
	connected: 'Connected',
	connectedWithoutSocket: 'Connected, no live socket',
	whyWithoutSocket: 'The network lets no live socket through. Messages come and go by another way, a moment later.',
	waiting: 'Reconnecting…',
	unavailable: 'Connected, cut off from others',
	whyUnavailable: 'The other servers of this chat cannot be reached at the moment. What cannot be sent is kept here until they can.',
	available: 'The other servers of this chat can be reached again.',
	epoch: 'What was said last may be lost on the server. The room goes on.',
	closed: 'Not connected',
	/** @param {number} seconds */
	retryIn: (seconds) => (seconds > 0 ? `Next try in ${seconds}\u00a0s.` : 'Trying now…'),
	reload: 'Reload',
	reconnected: 'Connected again.',
	/** @param {number} count */
	missed: (count) => `${plural(count, 'message was', 'messages were')} written here while you were away.`,

	delivery: {
		sending: 'Sending…',
		waiting: 'Will be sent when connected',
		sent: '',
		failed: 'Not sent.',
	},
	retry: 'Retry',
	discard: 'Discard',

	today: 'Today',
	yesterday: 'Yesterday',
	unread: 'New',
	older: 'Older messages',
	loading: 'Loading…',
	toNewest: 'Newest messages',

	/** @param {number} count */
	newMessages: (count) => plural(count, 'new message', 'new messages'),
	/** @param {string} user @param {string} text */
	announceMessage: (user, text) => `${user}: ${text}`,
	/** @param {string[]} names */
	joined: (names) => `${listNames(names)} joined`,
	/** @param {string[]} names */
	left: (names) => `${listNames(names)} left`,
	/** @param {number} count */
	peopleMore: (count) => `and ${count} more`,
	you: '(you)',
	/** @param {number} count */
	peopleHere: (count) => plural(count, 'person here', 'people here'),

	messages: 'Messages',
	message: 'Message',
	write: 'Write a message',
	send: 'Send',
	roomMissing: 'There is no room here: the attribute data-room of the script is missing.',
	/** @param {string} host @param {string} origin */
	notLetIn: (host, origin) => `There is no way to ${host}. It may be away for a moment; or it lets no pages of ${origin} in.`,

	roomNameMissing: 'Enter the name of a room.',

	edited: '(edited)',
	/** @param {string} time */
	editedAt: (time) => `Edited: ${time}`,
	deleted: 'This message was deleted.',
	/** @param {string} name @param {string} time */
	messageActions: (name, time) => `Actions for the message of ${name}, ${time}`,
	/** @param {string} name */
	personActions: (name) => `Actions for ${name}`,
	reply: 'Reply',
	copyText: 'Copy text',
	copyLink: 'Copy link',
	copied: 'Copied.',
	notCopied: 'The browser does not let this page copy.',
	edit: 'Edit',
	delete: 'Delete',
	deleteTitle: 'Delete this message?',
	deleteText: 'Everybody in the room sees that a message was deleted here. What it said is gone for good.',
	editMessage: 'Edit the message',
	editHint: 'Enter saves, Escape cancels.',
	saving: 'Saving…',
	save: 'Save',
	cancel: 'Cancel',

	roles: {
		guest: 'guest',
		user: 'user',
		member: 'member',
		moderator: 'moderator',
		owner: 'owner',
		superuser: 'site admin',
	},
	muted: 'muted',
	mute: 'Mute…',
	unmute: 'Unmute',
	kick: 'Ask to leave…',
	ban: 'Ban…',
	/** What one is made, by the role. @type {Record<string, string>} */
	makeRole: {
		user: 'Take the role away',
		member: 'Make a member',
		moderator: 'Make a moderator',
		owner: 'Hand the room over…',
	},
	/** @param {string} name */
	handOverText: (name) => `${name} owns this room from then on, and you are a moderator.`,
	/** The head of a dialog, by the action. @type {Record<string, (name: string) => string>} */
	orderTitle: {
		mute: (name) => `Mute ${name}`,
		kick: (name) => `Ask ${name} to leave`,
		ban: (name) => `Ban ${name} from this room`,
		role: (name) => `Hand the room over to ${name}`,
	},
	/** @type {Record<string, string>} */
	orderButton: { mute: 'Mute', kick: 'Ask to leave', ban: 'Ban', role: 'Hand over' },
	howLong: 'For how long',
	forGood: 'For good',
	reason: 'Reason, which everybody in the room reads',
	banBy: 'Who is kept out',
	banByChoices: {
		user: 'The person',
		session: 'The person and this browser',
		address: 'Everybody at their address',
	},
	/** @param {number} seconds */
	duration: (seconds) => {
		if (seconds % 86_400 === 0)
			return plural(seconds / 86_400, 'day', 'days');
		if (seconds % 3600 === 0)
			return plural(seconds / 3600, 'hour', 'hours');
		return seconds % 60 === 0 ? plural(seconds / 60, 'minute', 'minutes') : plural(seconds, 'second', 'seconds');
	},

	settings: 'Room settings',
	topic: 'Topic',
	lockedRule: 'Locked: only moderators write',
	membersOnlyRule: 'For members only',
	hiddenRule: 'Not in the list of rooms',
	slowRule: 'Pause between two messages of one person',
	noPause: 'None',
	marks: {
		locked: 'locked',
		members_only: 'members only',
		hidden: 'hidden',
		/** @param {string} pause */
		slow: (pause) => `slow: ${pause}`,
	},
	locked: 'The room is locked: only moderators write at the moment.',
	mutedForGood: 'You are muted in this room: you can read and not write.',
	/** @param {string} time */
	mutedUntil: (time) => `You are muted in this room until ${time}.`,
	/** @param {number} seconds */
	slowWait: (seconds) => `This room is slow: you can write again in ${plural(seconds, 'second', 'seconds')}.`,
	/** What is said to whom it was done. @type {Record<string, (by: string, reason: string) => string>} */
	farewells: {
		kick: (by, reason) => `${by} asked you to leave${reason && `: ${reason}`}`,
		ban: (by, reason) => `${by} banned you from this room${reason && `: ${reason}`}`,
	},
	comeBack: 'Come back',

	/** Of what is written, and of who is told of it. */
	talk: {
		suggestions: 'Suggestions',
		/** @param {number} count */
		suggestionCount: (count) => `${plural(count, 'suggestion', 'suggestions')}; arrows choose, Tab takes one.`,
		/** @param {string[]} names */
		typing: (names) => (names.length === 1 ? `${names[0]} is typing…` : `${listNames(names)} are typing…`),
		/** @param {number} count */
		mentions: (count) => plural(count, 'mention of you', 'mentions of you'),
		/** @param {number} count @param {number} mentions @param {string} title */
		title: (count, mentions, title) => (mentions > 0 ? `(${count}, @${mentions}) ${title}` : `(${count}) ${title}`),
		/** @param {string} name @param {string} nearest "" for none */
		unknownCommand: (name, nearest) => `There is no command /${name}${nearest === '' ? '' : `; did you mean /${nearest}`}? `
			+ 'To say it as it is, begin with two slashes.',
		/** @param {string} name @returns {string} */
		wrongCommand: (name) => `It is written: /${name} ${sentences.talk.commands[name].usage}`.trim(),
		/** @param {string} topic */
		topicIs: (topic) => (topic === '' ? 'This room has no topic.' : `Topic: ${topic}`),
		noCommands: 'Commands are for the page of the room. To say this as it is, begin with two slashes.',
		cleared: 'Cleared on this page only. Load it again to see what was said.',
		nameIsGiven: 'Your name comes from where you have logged in.',
		noAnswer: 'There is no answer now. Try again in a moment.',

		notify: 'Tell me of messages when I look elsewhere',
		/** @type {Record<string, string>} */
		notifyWhen: { never: 'Never', mentions: 'When somebody mentions me', always: 'Always' },
		notifyForbidden: 'This browser shows no notifications of this site. Its settings may allow them.',
		sound: 'With a sound',
		quietHere: 'Not of this room',

		close: 'Close',
		help: 'Keys and commands',
		keysHeading: 'Keys',
		/** @type {[keys: string, what: string][]} */
		keys: [
			['Enter', 'Send'],
			['Shift+Enter', 'Begin a new line'],
			['↑', 'Edit your last message, when nothing is written'],
			['Tab', 'Take the suggestion'],
			['/', 'Go to where you write'],
			['Shift+F10', 'What can be done with a message'],
			['Esc', 'Close, or go to the newest message'],
			['?', 'This list'],
		],
		commandsHeading: 'Commands',
		commandsHint: 'A period is a number with s, m, h, d or w: 10m, 2h, 1d. Two slashes begin a text that is no command.',
		/** @type {Record<string, {usage: string, help: string}>} */
		commands: {
			me: { usage: 'TEXT', help: 'Say what you do: * ann waves' },
			nick: { usage: 'NAME', help: 'Take another name' },
			clear: { usage: '', help: 'Empty the list on this page' },
			help: { usage: '', help: 'Show keys and commands' },
			topic: { usage: '[TEXT]', help: 'Show the topic, or set it; - takes it away' },
			mute: { usage: 'NAME [PERIOD] [REASON]', help: 'Let somebody read and not write' },
			unmute: { usage: 'NAME', help: 'Let them write again' },
			kick: { usage: 'NAME [REASON]', help: 'Ask somebody to leave' },
			ban: { usage: 'NAME [--session|--address] [PERIOD] [REASON]', help: 'Keep somebody out' },
			unban: { usage: 'NAME', help: 'Let them in again' },
			slow: { usage: 'SECONDS|off', help: 'Set a pause between two messages of one person' },
			lock: { usage: '', help: 'Let only moderators write' },
			unlock: { usage: '', help: 'Let everybody write' },
			role: { usage: 'NAME user|member|moderator|owner', help: 'Give somebody a role, or take it' },
		},
		marksHeading: 'Marks',
		/** @type {[mark: string, what: string][]} */
		marks: [
			['*bold*', 'Bold'],
			['_italic_', 'Italic'],
			['`code`', 'Code; more lines of it between two lines of ```'],
			['> text', 'A quote'],
			[':smile:', 'An emoji by its name'],
			['@name', 'Speak to somebody'],
		],
	},
};

/** What a person is told when the connection is lost or refused, by the name of the close code. */
const reasons = {
	going_away: 'The chat service is going away for a moment.',
	lost: 'The connection was lost.',
	internal_error: 'The chat service had a fault.',
	service_restart: 'The chat service is restarting.',
	try_again_later: 'Your connection was too slow to keep up.',
	too_fast: 'Too much was sent from here in a short time.',
	normal: 'The conversation was ended.',
	protocol_error: 'This page and the chat service do not understand each other. Reload the page.',
	unsupported_data: 'The chat service does not take this kind of message.',
	invalid_payload: 'The chat service received a text that it could not read.',
	policy_violation: 'The chat service ended the connection after too many mistakes.',
	too_big: 'A message was far too long.',
	login_ended: 'You have been logged out, or in as somebody else.',
	banned: 'You have been banned from this site.',
	kicked: 'You were asked to leave.',
	banned_here: 'You have been banned from this room.',
	members_only: 'This room is for its members.',
	forbidden: 'You are not allowed in this room any more.',
	no_room: 'This room is gone.',
	unknown: 'The connection was lost.',
};

/** @param {string | undefined} reason */
export function reasonSentence(reason) {
	return Object.hasOwn(reasons, reason ?? '') ? reasons[/** @type {keyof reasons} */ (reason)] : reasons.unknown;
}

/** Of a message that was refused, by the error's code; for others the server's own sentence is shown. */
const refusals = {
	too_long: 'This message is too long. Shorten it and send it again.',
	too_fast: 'You are writing too fast. Wait a moment, then retry.',
	storage: 'Messages cannot be stored at the moment. Yours is kept here, and sent as soon as they can.',
	unavailable: 'The other servers of this chat cannot be reached. Your message is kept here, and sent as soon as they can.',
	stale: 'This was written more than a day ago and could not be sent then.',
	outbox_full: 'Too many messages are waiting. Wait until you are connected.',
	closed: 'There is no connection to the room.',
	csrf: 'This page is too old to send anything. Reload it.',
	listen_only: 'The network lets no live socket through, so this page can only listen.',
	muted: 'You are muted in this room: this was not sent.',
	locked: 'The room is locked: this was not sent.',
	members_only: 'Only members write here: this was not sent.',
	slow: 'This room is slow, and you wrote a moment ago. Wait, then retry.',
	no_target: 'This message is gone.',
	not_yours: 'This message is somebody else\'s.',
	too_late: 'A message can be changed for ten minutes only.',
	no_history: 'Nothing that is said here is kept, so nothing can be changed.',
	forbidden: 'You may not do that here.',
	above: 'That person\'s role is not below yours.',
	nobody: 'There is nobody of that name here.',
	ambiguous: 'Several people here are called that.',
	bad_order: 'A value is missing or out of its range.',
	full: 'There are too many of these in this room already.',
};

/** @param {{code?: unknown, message?: unknown}} error */
export function refusalSentence({ code, message }) {
	if (Object.hasOwn(refusals, String(code)))
		return refusals[/** @type {keyof refusals} */ (code)];
	return typeof message === 'string' && message !== '' ? message : 'The message was not taken.';
}

/** What was done, by the action: who did it, to whom, and "for 10 minutes" or "". */
const deeds = {
	mute: (by, user, time) => `${by} muted ${user}${time}`,
	unmute: (by, user) => `${by} lets ${user} write again`,
	kick: (by, user) => `${by} asked ${user} to leave`,
	ban: (by, user, time) => `${by} banned ${user} from this room${time}`,
	unban: (by, user) => `${by} lets ${user} in again`,
};

/** Rules, by the action: switched on, and off. */
const switches = {
	lock: ['locked the room: only moderators write now', 'unlocked the room'],
	members_only: ['made the room one for members only', 'opened the room for everybody'],
	hide: ['took the room off the list of rooms', 'put the room on the list of rooms'],
};

/**
 * A frame `moderation` as a line, without a full stop: "bob muted ann for 10 minutes: rude".
 *
 * @param {Record<string, any>} frame with `by` of a site filled in
 * @returns {string} "" for one that is not understood
 */
export function moderationSentence({ action, by, user, seconds, role, on, text }) {
	const reason = typeof text === 'string' && text !== '' ? `: ${text}` : '';

	if (action === 'topic')
		return reason === '' ? `${by} took the topic away` : `${by} set the topic${reason}`;
	if (action === 'slow')
		return seconds > 0 ? `${by} set a pause of ${sentences.duration(seconds)} between messages` : `${by} ended the pause between messages`;
	if (action === 'role')
		return role === 'user' ? `${by} took the role of ${user} away` : `${by} made ${user} ${sentences.roles[role] ?? role} of this room`;
	if (Object.hasOwn(switches, action))
		return `${by} ${switches[action][on === false ? 1 : 0]}`;
	if (Object.hasOwn(deeds, action))
		return deeds[action](by, user, seconds > 0 ? ` for ${sentences.duration(seconds)}` : '') + reason;
	return '';
}

/**
 * What is said of a connection.
 *
 * @param {import('./roomwire.js').StateDetail} detail
 * @param {boolean} isCutOff whether its server cannot reach the others
 */
export function connectionSentence({ state, transport }, isCutOff) {
	if (state === 'connected' && isCutOff)
		return sentences.unavailable;
	return state === 'connected' && transport !== 'websocket' ? sentences.connectedWithoutSocket : sentences[state];
}
