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
	bad_room: _('There is no room under this name.'),
	banned: _('You have been banned from this site.'),
	busy: _('There is too much to do at the moment. Wait a moment, then try again.'),
	empty: _('There is nothing in this message.'),
	full: _('There are too many of these in this room already.'),
	login_required: _('Log in to go on.'),
	no_history: _('Nothing that is said here is kept, so nothing can be changed.'),
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
