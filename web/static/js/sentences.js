// SPDX-License-Identifier: MIT
// Every sentence that the script of a page says, in one place; the pages' own text is in the templates.
// All stand in _() or _n(), where xgettext finds them for the catalogues of web/locale.

import { _, _n, locale } from './translate.js';

/**
 * "ann", "ann and bob", "ann, bob and 4 others"
 *
 * @param {string[]} names
 */
function listNames(names) {
	if (names.length <= 3)
		return new Intl.ListFormat(locale).format(names);
	return _('{first}, {second} and {count} others', { first: names[0], second: names[1], count: names.length - 2 });
}

export const sentences = {
	/** @param {string} room */
	welcome: (room) => _('[announcement] Welcome to the {room} discussion group. Please speak!', { room }),
	/** @param {string} text */
	notice: (text) => _('[announcement] {text}', { text }),

	connecting: _('Connecting…'),
	connected: _('Connected'),
	connectedWithoutSocket: _('Connected, no live socket'),
	whyWithoutSocket: _('The network lets no live socket through. Messages come and go by another way, a moment later.'),
	waiting: _('Reconnecting…'),
	unavailable: _('Connected, cut off from others'),
	whyUnavailable: _('The other servers of this chat cannot be reached at the moment. What cannot be sent is kept here until they can.'),
	available: _('The other servers of this chat can be reached again.'),
	epoch: _('What was said last may be lost on the server. The room goes on.'),
	closed: _('Not connected'),
	/** @param {number} seconds */
	retryIn: (seconds) => (seconds > 0 ? _('Next try in {seconds}\u00a0s.', { seconds }) : _('Trying now…')),
	reload: _('Reload'),
	reconnected: _('Connected again.'),
	/** @param {number} count */
	missed: (count) => _n('Connected again. {count} message was written here while you were away.',
		'Connected again. {count} messages were written here while you were away.', count),

	delivery: {
		sending: _('Sending…'),
		waiting: _('Will be sent when connected'),
		sent: '',
		failed: _('Not sent.'),
	},
	retry: _('Retry'),
	discard: _('Discard'),

	unread: _('New'),
	older: _('Older messages'),
	loading: _('Loading…'),
	toNewest: _('Newest messages'),

	/** @param {number} count */
	newMessages: (count) => _n('{count} new message', '{count} new messages', count),
	/** @param {number} count */
	roomsUnread: (count) => _n('{count} room with new messages', '{count} rooms with new messages', count),
	/** @param {string} user @param {string} text */
	announceMessage: (user, text) => _('{user}: {text}', { user, text }),
	/** @param {string[]} names */
	joined: (names) => _('{names} joined', { names: listNames(names) }),
	/** @param {string[]} names */
	left: (names) => _('{names} left', { names: listNames(names) }),
	/** @param {number} count */
	peopleMore: (count) => _('and {count} more', { count }),
	you: _('(you)'),
	/** @param {number} count */
	peopleHere: (count) => _n('{count} person here', '{count} people here', count),

	messages: _('Messages'),
	message: _('Message'),
	write: _('Write a message'),
	send: _('Send'),
	roomMissing: _('There is no room here: the attribute data-room of the script is missing.'),
	/** @param {string} host @param {string} origin */
	notLetIn: (host, origin) => _(
		'There is no way to {host}. It may be away for a moment; or it lets no pages of {origin} in.', { host, origin }),

	roomNameMissing: _('Enter the name of a room.'),

	edited: _('(edited)'),
	/** @param {string} time */
	editedAt: (time) => _('Edited: {time}', { time }),
	deleted: _('This message was deleted.'),
	/** @param {string} name @param {string} time */
	messageActions: (name, time) => _('Actions for the message of {name}, {time}', { name, time }),
	/** @param {string} name */
	personActions: (name) => _('Actions for {name}', { name }),
	reply: _('Reply'),
	copyText: _('Copy text'),
	copyLink: _('Copy link'),
	copied: _('Copied.'),
	notCopied: _('The browser does not let this page copy.'),
	edit: _('Edit'),
	delete: _('Delete'),
	deleteTitle: _('Delete this message?'),
	deleteText: _('Everybody in the room sees that a message was deleted here. What it said is gone for good.'),
	editMessage: _('Edit the message'),
	editHint: _('Enter saves, Escape cancels.'),
	saving: _('Saving…'),
	save: _('Save'),
	cancel: _('Cancel'),

	roles: {
		guest: _('guest'),
		user: _('user'),
		member: _('member'),
		moderator: _('moderator'),
		owner: _('owner'),
		superuser: _('site admin'),
	},
	muted: _('muted'),
	away: _('away'),
	mute: _('Mute…'),
	unmute: _('Unmute'),
	unban: _('Let in again'),
	kick: _('Ask to leave…'),
	ban: _('Ban…'),
	/** What one is made, by the role. @type {Record<string, string>} */
	makeRole: {
		user: _('Take the role away'),
		member: _('Make a member'),
		moderator: _('Make a moderator'),
		owner: _('Hand the room over…'),
	},
	/** @param {string} name */
	handOverText: (name) => _('{name} owns this room from then on, and you are a moderator.', { name }),
	/** The head of a dialog, by the action. @type {Record<string, (name: string) => string>} */
	orderTitle: {
		mute: (name) => _('Mute {name}', { name }),
		kick: (name) => _('Ask {name} to leave', { name }),
		ban: (name) => _('Ban {name} from this room', { name }),
		role: (name) => _('Hand the room over to {name}', { name }),
	},
	/** @type {Record<string, string>} */
	orderButton: { mute: _('Mute'), kick: _('Ask to leave'), ban: _('Ban'), role: _('Hand over') },
	howLong: _('For how long'),
	forGood: _('For good'),
	reason: _('Reason, which everybody in the room reads'),
	banBy: _('Who is kept out'),
	banByChoices: {
		user: _('The person'),
		session: _('The person and this browser'),
		address: _('Everybody at their address'),
	},
	/** @param {number} seconds */
	duration: (seconds) => {
		if (seconds % 86_400 === 0)
			return _n('{count} day', '{count} days', seconds / 86_400);
		if (seconds % 3600 === 0)
			return _n('{count} hour', '{count} hours', seconds / 3600);
		return seconds % 60 === 0 ? _n('{count} minute', '{count} minutes', seconds / 60)
			: _n('{count} second', '{count} seconds', seconds);
	},

	settings: _('Room settings'),
	topic: _('Topic'),
	lockedRule: _('Locked: only moderators write'),
	membersOnlyRule: _('For members only'),
	hiddenRule: _('Not in the list of rooms'),
	slowRule: _('Pause between two messages of one person'),
	noPause: _('None'),
	marks: {
		locked: _('locked'),
		members_only: _('members only'),
		hidden: _('hidden'),
		/** @param {string} pause */
		slow: (pause) => _('slow: {pause}', { pause }),
	},
	locked: _('The room is locked: only moderators write at the moment.'),
	mutedForGood: _('You are muted in this room: you can read and not write.'),
	/** @param {string} time */
	mutedUntil: (time) => _('You are muted in this room until {time}.', { time }),
	/** @param {number} seconds */
	slowWait: (seconds) => _n('This room is slow: you can write again in {count} second.',
		'This room is slow: you can write again in {count} seconds.', seconds),
	/** What is said to whom it was done. @type {Record<string, (by: string, reason: string) => string>} */
	farewells: {
		kick: (by, reason) => withReason(_('{by} asked you to leave', { by }), reason),
		ban: (by, reason) => withReason(_('{by} banned you from this room', { by }), reason),
	},
	comeBack: _('Come back'),
	/** Where the input is: why is said elsewhere. */
	afterComingBack: _('You can write again when you have come back.'),

	/** Of what is written, and of who is told of it. */
	talk: {
		suggestions: _('Suggestions'),
		/** @param {number} count */
		suggestionCount: (count) => _n('{count} suggestion; arrows choose, Tab takes one.',
			'{count} suggestions; arrows choose, Tab takes one.', count),
		/** @param {string[]} names */
		typing: (names) => _n('{names} is typing…', '{names} are typing…', names.length, { names: listNames(names) }),
		/** @param {number} count */
		mentions: (count) => _n('{count} mention of you', '{count} mentions of you', count),
		/** @param {number} count @param {number} mentions @param {string} title */
		title: (count, mentions, title) => (mentions > 0 ? `(${count}, @${mentions}) ${title}` : `(${count}) ${title}`),
		/** @param {string} name @param {string} nearest "" for none */
		unknownCommand: (name, nearest) => (nearest === ''
			? _('There is no command /{name}. To say it as it is, begin with two slashes.', { name })
			: _('There is no command /{name}; did you mean /{nearest}? To say it as it is, begin with two slashes.', { name, nearest })),
		/** @param {string} name @returns {string} */
		wrongCommand: (name) => _('It is written: {command}', { command: `/${name} ${sentences.talk.commands[name].usage}`.trim() }),
		/** @param {string} topic */
		topicIs: (topic) => (topic === '' ? _('This room has no topic.') : _('Topic: {topic}', { topic })),
		noCommands: _('Commands are for the page of the room. To say this as it is, begin with two slashes.'),
		cleared: _('Cleared on this page only. Load it again to see what was said.'),
		nameIsGiven: _('Your name comes from where you have logged in.'),
		noAnswer: _('There is no answer now. Try again in a moment.'),

		notify: _('Tell me of messages when I look elsewhere'),
		/** @type {Record<string, string>} */
		notifyWhen: { never: _('Never'), mentions: _('When somebody mentions me'), always: _('Always') },
		notifyForbidden: _('This browser shows no notifications of this site. Its settings may allow them.'),
		sound: _('With a sound'),
		quietHere: _('Not of this room'),

		close: _('Close'),
		help: _('Keys and commands'),
		keysHeading: _('Keys'),
		/** @type {[keys: string, what: string][]} */
		keys: [
			['Enter', _('Send')],
			['Shift+Enter', _('Begin a new line')],
			['↑', _('Edit your last message, when nothing is written')],
			['Tab', _('Take the suggestion')],
			['/', _('Go to where you write')],
			['Alt+↑ Alt+↓', _('Go to the room before or behind this one, by name')],
			['Ctrl+K', _('Choose a room by typing')],
			['Shift+F10', _('What can be done with a message')],
			['Esc', _('Close, or go to the newest message')],
			['?', _('This list')],
		],
		characterKeys: _('Use the keys {first} and {second}', { first: '/', second: '?' }),
		commandsHeading: _('Commands'),
		commandsHint: _('A period is a number with s, m, h, d or w: 10m, 2h, 1d. Two slashes begin a text that is no command.'),
		/** @type {Record<string, {usage: string, help: string}>} */
		commands: {
			me: { usage: _('TEXT'), help: _('Say what you do: * ann waves') },
			nick: { usage: _('NAME'), help: _('Take another name') },
			clear: { usage: '', help: _('Empty the list on this page') },
			help: { usage: '', help: _('Show keys and commands') },
			topic: { usage: _('[TEXT]'), help: _('Show the topic, or set it; - takes it away') },
			mute: { usage: _('NAME [PERIOD] [REASON]'), help: _('Let somebody read and not write') },
			unmute: { usage: _('NAME'), help: _('Let them write again') },
			kick: { usage: _('NAME [REASON]'), help: _('Ask somebody to leave') },
			ban: { usage: _('NAME [--session|--address] [PERIOD] [REASON]'), help: _('Keep somebody out') },
			unban: { usage: _('NAME'), help: _('Let them in again') },
			slow: { usage: _('SECONDS|off'), help: _('Set a pause between two messages of one person') },
			lock: { usage: '', help: _('Let only moderators write') },
			unlock: { usage: '', help: _('Let everybody write') },
			role: { usage: _('NAME user|member|moderator|owner'), help: _('Give somebody a role, or take it') },
		},
		marksHeading: _('Marks'),
		/** @type {[mark: string, what: string][]} */
		marks: [
			[_('*bold*'), _('Bold')],
			[_('_italic_'), _('Italic')],
			[_('`code`'), _('Code; more lines of it between two lines of ```')],
			[_('> text'), _('A quote')],
			[':smile:', _('An emoji by its name')],
			[_('@name'), _('Speak to somebody')],
		],
	},
};

/** What a person is told when the connection is lost or refused, by the name of the close code. */
const reasons = {
	going_away: _('The chat service is going away for a moment.'),
	lost: _('The connection was lost.'),
	internal_error: _('The chat service had a fault.'),
	service_restart: _('The chat service is restarting.'),
	try_again_later: _('Your connection was too slow to keep up.'),
	too_fast: _('Too much was sent from here in a short time.'),
	normal: _('The conversation was ended.'),
	protocol_error: _('This page and the chat service do not understand each other. Reload the page.'),
	unsupported_data: _('The chat service does not take this kind of message.'),
	invalid_payload: _('The chat service received a text that it could not read.'),
	policy_violation: _('The chat service ended the connection after too many mistakes.'),
	too_big: _('A message was far too long.'),
	login_ended: _('You have been logged out, or in as somebody else.'),
	banned: _('You have been banned from this site.'),
	kicked: _('You were asked to leave.'),
	banned_here: _('You have been banned from this room.'),
	members_only: _('This room is for its members.'),
	forbidden: _('You are not allowed in this room any more.'),
	no_room: _('This room is gone.'),
	unknown: _('The connection was lost.'),
};

/** @param {string | undefined} reason */
export function reasonSentence(reason) {
	return Object.hasOwn(reasons, reason ?? '') ? reasons[/** @type {keyof reasons} */ (reason)] : reasons.unknown;
}

/** Of what was refused, by the error's code: the server's own sentences are for programs, in English. */
const refusals = {
	too_long: _('This message is too long. Shorten it and send it again.'),
	too_fast: _('You are writing too fast. Wait a moment, then retry.'),
	storage: _('Messages cannot be stored at the moment. Yours is kept here, and sent as soon as they can.'),
	unavailable: _('The other servers of this chat cannot be reached. Your message is kept here, and sent as soon as they can.'),
	stale: _('This was written more than a day ago and could not be sent then.'),
	outbox_full: _('Too many messages are waiting. Wait until you are connected.'),
	closed: _('There is no connection to the room.'),
	csrf: _('This page is too old to send anything. Reload it.'),
	listen_only: _('The network lets no live socket through, so this page can only listen.'),
	muted: _('You are muted in this room: this was not sent.'),
	locked: _('The room is locked: this was not sent.'),
	members_only: _('Only members write here: this was not sent.'),
	slow: _('This room is slow, and you wrote a moment ago. Wait, then retry.'),
	no_target: _('This message is gone.'),
	not_yours: _("This message is somebody else's."),
	too_late: _('A message can be changed for ten minutes only.'),
	no_history: _('Nothing that is said here is kept, so nothing can be changed.'),
	forbidden: _('You may not do that here.'),
	above: _("That person's role is not below yours."),
	nobody: _('There is nobody of that name here.'),
	ambiguous: _('Several people here are called that.'),
	bad_order: _('A value is missing or out of its range.'),
	list_full: _('There are too many of these in this room already.'),
	bad_room: _('There is no room under this name.'),
	banned: _('You have been banned.'),
	banned_here: _('You have been banned from this room.'),
	busy: _('There is too much to do at the moment. Wait a moment, then try again.'),
	empty: _('There is nothing in this message.'),
	login_required: _('Log in to go on.'),
	no_message: _('There is nothing in this message.'),
	not_found: _('There is no room under this name.'),
	server_error: _('This is our mistake, not yours. Try again in a moment.'),
	stopping: _('The chat service is restarting. Whether it was done is not known.'),
	timeout: _('No answer came in time. Whether it was done is not known.'),
	too_large: _('This message is too long. Shorten it and send it again.'),
	too_many_rooms: _('There are too many open rooms at the moment. Try again later.'),
	unreadable: _('Accounts are away at the moment. Try again soon.'),
};

/** @param {{code?: unknown}} error */
export function refusalSentence({ code }) {
	return Object.hasOwn(refusals, String(code)) ? refusals[/** @type {keyof refusals} */ (code)] : _('This could not be done.');
}

/** What was done, by the action: who did it, to whom, and for how long; else for good. */
const deeds = {
	mute: (by, user, time) => (time === '' ? _('{by} muted {user}', { by, user }) : _('{by} muted {user} for {time}', { by, user, time })),
	unmute: (by, user) => _('{by} lets {user} write again', { by, user }),
	kick: (by, user) => _('{by} asked {user} to leave', { by, user }),
	ban: (by, user, time) => (time === '' ? _('{by} banned {user} from this room', { by, user })
		: _('{by} banned {user} from this room for {time}', { by, user, time })),
	unban: (by, user) => _('{by} lets {user} in again', { by, user }),
};

/** Rules, by the action: switched on, and off. */
const switches = {
	lock: {
		on: (by) => _('{by} locked the room: only moderators write now', { by }),
		off: (by) => _('{by} unlocked the room', { by }),
	},
	members_only: {
		on: (by) => _('{by} made the room one for members only', { by }),
		off: (by) => _('{by} opened the room for everybody', { by }),
	},
	hide: {
		on: (by) => _('{by} took the room off the list of rooms', { by }),
		off: (by) => _('{by} put the room on the list of rooms', { by }),
	},
};

/** @param {string} deed without a full stop @param {unknown} reason */
function withReason(deed, reason) {
	return typeof reason === 'string' && reason !== '' ? _('{deed}: {reason}', { deed, reason }) : deed;
}

function topicSentence(by, text) {
	return text === '' ? _('{by} took the topic away', { by }) : _('{by} set the topic: {text}', { by, text });
}

function slowSentence(by, seconds) {
	return seconds > 0 ? _('{by} set a pause of {time} between messages', { by, time: sentences.duration(seconds) })
		: _('{by} ended the pause between messages', { by });
}

function roleSentence(by, user, role) {
	return role === 'user' ? _('{by} took the role of {user} away', { by, user })
		: _('{by} made {user} {role} of this room', { by, user, role: sentences.roles[role] ?? role });
}

/**
 * A frame `moderation` as a line, without a full stop: "bob muted ann for 10 minutes: rude".
 *
 * @param {Record<string, any>} frame
 * @param {string} siteName who did what nobody is named for
 * @returns {string} "" for one that is not understood
 */
export function moderationSentence({ action, by: person, user, seconds, role, on, text }, siteName) {
	const by = person || siteName;

	if (action === 'topic')
		return topicSentence(by, text ?? '');
	if (action === 'slow')
		return slowSentence(by, seconds);
	if (action === 'role' && role === 'owner' && by !== person)
		return _('{user} is the owner of this room now', { user }); // who was the first here
	if (action === 'role')
		return roleSentence(by, user, role);
	if (Object.hasOwn(switches, action))
		return switches[action][on === false ? 'off' : 'on'](by);
	if (Object.hasOwn(deeds, action))
		return withReason(deeds[action](by, user, seconds > 0 ? sentences.duration(seconds) : ''), text);
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
