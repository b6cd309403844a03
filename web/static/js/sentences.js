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
};

/** @param {{code?: unknown, message?: unknown}} error */
export function refusalSentence({ code, message }) {
	if (Object.hasOwn(refusals, String(code)))
		return refusals[/** @type {keyof refusals} */ (code)];
	return typeof message === 'string' && message !== '' ? message : 'The message was not taken.';
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
