// SPDX-License-Identifier: MIT
// The client of a room: holds one connection, a WebSocket where the network lets one through, comes
// back when it is lost, keeps what is said meanwhile and fetches what it missed: messages are told in
// order, each once. Knows nothing of a page. What it offers is written down for others in
// roomwire.d.ts. Use:
//
//     import { connect } from './roomwire.js';
//
//     const room = connect({ room: 'lobby' });
//     room.on('message', ({ user, message }) => console.log(user, message));
//     await room.send('hello');          // resolved by the server's ack

import { roomAddress } from './address.js';
import { Changes } from './changes.js';
import { Link } from './link.js';
import { MessageOrder } from './message_order.js';
import { Outbox, RefusedError } from './outbox.js';
import { OutboxStore } from './outbox_store.js';
import { Questions } from './questions.js';
import { Requests } from './requests.js';
import { isForLater, ResendPause } from './resend_pause.js';
import { Resume } from './resume.js';
import { transportNames } from './transports.js';

export { RefusedError };

const ANSWER_TIMEOUT_MS = 10_000; // for a page of history: a slow mobile network, with room to spare
const TYPING_MS = 3_000; // between two words of it; others forget it after twice as long
const MESSAGE_BYTES_MAX = 16_384; // the broker's default; a message far above it would end the connection

/** What the server says; each becomes an event of the same name with the object as its detail. */
const SERVER_EVENTS = new Set([
	'welcome', 'message', 'edit', 'delete', 'ack', 'done', 'error', 'available', 'presence', 'count', 'members', 'notice',
	'bye', 'history', 'epoch', 'typing', 'rules', 'you', 'moderation',
]);

/** What is numbered: told in order, each once. */
const NUMBERED = new Set(['message', 'edit', 'delete']);

/**
 * @typedef {"connecting"|"connected"|"waiting"|"closed"} State
 *   waiting: lost, and coming back by itself at `retryAt`; closed: for good, until `reconnect()`
 *
 * @typedef {object} StateDetail
 * @property {State} state
 * @property {number} [code] the close code that led here
 * @property {string} [reason] its name, such as "service_restart"
 * @property {number} [retryAt] milliseconds since the epoch
 * @property {import('./transports.js').TransportName} [transport] by which way; of connecting and connected
 *
 * @typedef {object} Options
 * @property {string} room the room's name, as people see it
 * @property {string} [url] where the sockets are: "/ws/" of this host by default, or "wss://chat.example.org/ws/"
 * @property {number} [messageBytes] the server's `[limits] message_bytes`
 * @property {string} [epoch] of what the page shows already
 * @property {number} [seq] the number of the last message that it shows
 * @property {string} [identity] whose page it is, as the server has put it in there: for anybody else there is no
 *   connection, and nothing of theirs is sent
 * @property {boolean} [keep] whether what is not sent yet outlives the page: what an earlier one left is told as `unsent`,
 *   and a message that was refused stays until it is sent again or given to `discard()`
 * @property {string|(() => string|Promise<string>)} [ticket] of another site, which says who this is; a ticket is good for
 *   one connection, so a function is asked for each
 * @property {string} [postUrl] where messages are posted when there is no socket; without it only a socket can send
 * @property {string} [editUrl] where edits are posted then, and
 * @property {string} [deleteUrl] deletions
 * @property {string} [moderateUrl] where orders are posted then
 * @property {string} [csrfToken] of the page, to be posted with them
 * @property {string} [historyUrl] where older messages are asked for when there is no socket
 * @property {import('./transports.js').TransportName[]} [transports] the ways to try, best first
 * @property {() => Promise<import('./close_codes.js').End|undefined>} [explain] asked after some tries, since no script is
 *   told why a handshake is refused: an answer ends the connection
 */

/**
 * @typedef {object} Order
 * @property {"topic"|"lock"|"slow"|"members_only"|"hide"|"mute"|"unmute"|"kick"|"ban"|"unban"|"role"} action
 * @property {string} [user] whom it is about, by name
 * @property {number} [target] or by the number of a message of theirs
 * @property {"user"|"session"|"address"} [by] what is banned
 * @property {number} [seconds] for good without
 * @property {string} [text] the topic, or why
 * @property {string} [role]
 * @property {boolean} [on] true without
 */

/**
 * Opens a room. Returns at once; watch the event `state`.
 *
 * @param {Options} options
 * @returns {Connection}
 */
export function connect(options) {
	const connection = new Connection(options);

	connection.reconnect();
	return connection;
}

/** @returns {RefusedError} */
function noConnection() {
	return new RefusedError('closed', 'There is no connection to the room.');
}

/** @returns {RefusedError} */
function tooLong() {
	return new RefusedError('too_long', 'This message is too long.');
}

export class Connection extends EventTarget {
	#identity;
	#ticket;
	#messageBytes;
	#outbox;
	#changes = new Changes();
	#questions = new Questions();
	#requests = new Requests();
	#resume;
	#order;
	#link;
	#typingAgainAt = 0;
	#isAway = false;
	#pause = new ResendPause(() => this.#sendNext());
	#questionTimer = 0;

	/** @param {Options} options */
	constructor({
		room, url = '', messageBytes = MESSAGE_BYTES_MAX, epoch = '', seq = 0, identity = '', keep = false, ticket = '',
		postUrl, editUrl, deleteUrl, moderateUrl, csrfToken, historyUrl, transports = transportNames,
		explain = async () => undefined,
	}) {
		super();
		this.#identity = identity;
		this.#ticket = ticket;
		this.#messageBytes = messageBytes;
		this.#resume = new Resume(epoch, seq);
		this.#order = new MessageOrder(this.#resume, {
			ask: (range) => this.history(range),
			tell: (type, detail) => this.#tell(type, detail),
			giveUp: () => this.#link.giveUp(),
		});
		this.#outbox = new Outbox(keep ? new OutboxStore(roomAddress('ws', room, url), identity) : null);
		this.#link = new Link({
			place: {
				room, url, postUrls: { message: postUrl, edit: editUrl, delete: deleteUrl, moderate: moderateUrl }, csrfToken,
				historyUrl, query: (position) => this.#query(position),
			},
			transports, explain, hasTickets: typeof ticket === 'function',
		}, {
			hear: (event) => this.#hear(event),
			forget: () => this.#forget(),
			end: () => this.#refuseAll(),
			enter: (detail) => this.#tell('state', detail),
		});
		this.#adopt();
		this.#watch();
	}

	/** @returns {StateDetail} */
	get state() {
		return this.#link.state;
	}

	/**
	 * Besides what the server says: `state`; `unsent` for a message that an earlier page could not send; `reset` when too
	 * much was missed to be told, and the messages that follow are the last ones, not the next; `unavailable` when the server
	 * cannot reach the others of its site, which is over with `available` or with the connection.
	 *
	 * @param {"state"|"unsent"|"reset"|"welcome"|"message"|"edit"|"delete"|"ack"|"done"|"error"|"unavailable"|"available"|
	 *   "epoch"|"presence"|"count"|"members"|"typing"|"notice"|"bye"|"rules"|"you"|"moderation"} type
	 * @param {(detail: any) => void} listener
	 */
	on(type, listener) {
		this.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
	}

	/**
	 * Says something; kept and sent later when the connection is away. The answer is rejected with a RefusedError.
	 *
	 * @param {string} text
	 * @param {string} [ref] of an earlier try that failed
	 * @returns {Promise<{seq: number}> & {ref: string}}
	 */
	send(text, ref) {
		const { ref: usedRef, answer } = this.#outbox.add(text, ref);

		if (this.state.state === 'closed')
			this.#outbox.refuseAll(noConnection());
		this.#typingAgainAt = 0;
		this.#sendNext();
		return Object.assign(answer, { ref: usedRef });
	}

	/** Tells the others that something is being written: call it at every key. */
	typing() {
		if (!this.#link.isConnected || Date.now() < this.#typingAgainAt)
			return;
		this.#typingAgainAt = Date.now() + TYPING_MS;
		this.#write({ type: 'typing' });
	}

	/** Tells the others that nobody looks at what is shown here, or that somebody does again. @param {boolean} isAway */
	setAway(isAway) {
		this.#isAway = isAway;
		if (this.#link.isConnected)
			this.#write({ type: 'away', away: isAway });
	}

	/**
	 * Gives one's own message another text. Sent when there is a connection; the answer is rejected with a RefusedError:
	 * `no_target`, `not_yours`, `too_late`.
	 *
	 * @param {number} target the number of the message
	 * @param {string} text
	 * @returns {Promise<{seq: number}>}
	 */
	edit(target, text) {
		return this.#change({ type: 'edit', target, message: text });
	}

	/** Deletes a message, likewise. @param {number} target @returns {Promise<{seq: number}>} */
	delete(target) {
		return this.#change({ type: 'delete', target });
	}

	/** @param {number} seq @returns {boolean} whether the message was told, or was there before */
	hasSeen(seq) {
		return this.#resume.judge(seq) === 'seen';
	}

	/** Gives up a message of the outbox. @param {string} ref */
	discard(ref) {
		this.#outbox.discard(ref);
	}

	/**
	 * Orders something in the room; rejected with a RefusedError, `closed` without a connection: it is not kept.
	 *
	 * @param {Order} order
	 * @returns {Promise<void>}
	 */
	async moderate(order) {
		await this.#request({ type: 'moderate', ...order });
	}

	/**
	 * Messages before or after a number; rejected with a RefusedError: `no_history` where none is kept, `closed` without a
	 * connection.
	 *
	 * @param {import('./questions.js').Range} range
	 * @returns {Promise<import('./questions.js').HistoryPage>}
	 */
	async history(range) {
		const { messages, more } = await this.#ask({ type: 'history', ...range });

		return { messages: Array.isArray(messages) ? messages : [], more: more === true };
	}

	/**
	 * Asks for more people; the answer is an event `members`.
	 *
	 * @param {string} after `members_next` of the welcome, or `next` of the answer before; a name for those behind it
	 */
	askMembers(after) {
		this.#ask({ type: 'members', after }).catch(() => {}); // the next welcome begins a new list
	}

	/** Connects now, whatever was planned. */
	reconnect() {
		this.#link.reconnect();
	}

	/** Leaves for good. */
	close() {
		this.#link.close();
	}

	/** What may have changed while nobody looked: the network, and what other pages have left. */
	#watch() {
		for (const type of ['online', 'offline'])
			globalThis.addEventListener?.(type, () => {
				this.#adopt();
				this.#link.changeNetwork();
			});
		globalThis.document?.addEventListener('visibilitychange', () => {
			if (document.visibilityState !== 'visible')
				return;
			this.#adopt();
			this.#link.check();
		});
	}

	/** @returns {string | Promise<string>} what to ask for, with the question mark */
	#query(position = this.#resume.position()) {
		const write = (ticket) => {
			const query = new URLSearchParams({
				...position, ...(this.#identity && { as: this.#identity }), ...(ticket && { ticket }),
			});

			return `${query}` && `?${query}`;
		};

		return typeof this.#ticket === 'function' ? Promise.resolve().then(this.#ticket).then(write) : write(this.#ticket);
	}

	/** What was asked over a connection that is gone is answered no more; what was said is said again over the next. */
	#forget() {
		clearTimeout(this.#questionTimer);
		this.#order.clear();
		this.#resend();
		this.#questions.refuseAll(noConnection());
		this.#requests.refuseAll(noConnection());
	}

	#refuseAll() {
		this.#outbox.refuseAll(noConnection());
		this.#changes.refuseAll(noConnection());
	}

	/** @param {Record<string, any>} event */
	#hear(event) {
		if (!SERVER_EVENTS.has(event.type))
			return;
		this.#react(event);
		this.#sendNext();
	}

	/** What the connection itself has to know of an event, which is then told. */
	#react(event) {
		if (NUMBERED.has(event.type)) {
			this.#order.receive(event);
			return;
		}
		if (event.type === 'welcome') {
			this.#beginConnection(event);
		} else if (event.type === 'ack' || event.type === 'done') {
			this.#accept(event);
		} else if (event.type === 'error') {
			this.#handleError(event, new RefusedError(String(event.code ?? ''), String(event.message ?? '')));
			return;
		} else if (event.type === 'history' || event.type === 'members') {
			clearTimeout(this.#questionTimer);
			this.#questions.accept(event);
		} else if (event.type === 'epoch') {
			this.#order.clear();
			this.#resume.restart(event);
		} else if (event.type === 'available') {
			this.#pause.forget();
			this.#resend();
		}
		this.#tell(event.type, event);
	}

	#beginConnection(welcome) {
		this.#resume.welcome(welcome);
		this.#adopt();
		this.#link.begin();
		if (this.#isAway)
			this.setAway(true); // of a new connection it is taken for granted that somebody looks
	}

	#accept({ ref, seq }) {
		if (this.#requests.accept(ref, { seq }))
			return;
		this.#pause.forget();
		this.#outbox.accept(ref, seq);
		this.#changes.accept(ref, seq);
	}

	/** Without a ref it is the question's, who asked is told; or of what was not read, as it came too fast or too long. */
	#handleError(event, error) {
		if (this.#requests.refuse(event.ref, error) || (!isForLater(error.code) && this.#changes.refuse(event.ref, error)))
			return; // who has asked is told
		if (event.ref === undefined && error.code === 'unavailable') {
			this.#tell('unavailable', event);
			return;
		}
		if (event.ref === undefined && error.code !== 'too_long' && this.#questions.refuse(error)) {
			clearTimeout(this.#questionTimer);
			if (error.code !== 'too_fast')
				return;
		}
		if (isForLater(error.code)) {
			this.#resend();
			this.#pause.begin(error.code, Number(event.retry_after_ms) || 0);
		} else {
			this.#refuse(event.ref, error);
		}
		this.#tell('error', event);
	}

	/** What was under way is sent again when there is a connection and no pause. */
	#resend() {
		this.#pause.stop();
		this.#outbox.rewind();
		this.#changes.rewind();
	}

	#change(frame) {
		const answer = this.#changes.add(frame);

		if (this.state.state === 'closed')
			this.#changes.refuseAll(noConnection());
		this.#sendNext();
		return answer;
	}

	#adopt() {
		this.#outbox.adopt((entry) => {
			this.#tell('unsent', entry);
			this.#sendNext();
		});
	}

	#tell(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}

	#sendNext() {
		if (!this.#link.isConnected)
			return;
		this.#askNext();
		for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame())
			if (!this.#write(frame))
				this.#refuse(frame.ref, tooLong());
	}

	#nextFrame() {
		const entry = this.#pause.isOn ? undefined : this.#outbox.next();

		if (entry !== undefined)
			return { type: 'message', message: entry.text, ref: entry.ref };
		return this.#pause.isOn ? undefined : this.#changes.next();
	}

	#refuse(ref, error) {
		if (!this.#changes.refuse(ref, error))
			this.#outbox.refuse(ref, error);
	}

	#ask(question) {
		const answer = this.#questions.ask(question);

		if (!this.#link.isConnected)
			this.#questions.refuseAll(noConnection());
		this.#sendNext();
		return answer;
	}

	/** @returns {Promise<{seq?: number}>} what the server answers to the frame's ref */
	#request(frame) {
		const { ref, answer } = this.#requests.add();

		if (!this.#link.isConnected)
			this.#requests.refuse(ref, noConnection());
		else if (!this.#write({ ...frame, ref }))
			this.#requests.refuse(ref, tooLong());
		return answer;
	}

	/** A question that is never answered must not hold up the ones behind it. */
	#askNext() {
		const question = this.#questions.next();

		if (question === undefined)
			return;
		this.#write(question);
		clearTimeout(this.#questionTimer);
		this.#questionTimer = setTimeout(() => this.#link.giveUp(), ANSWER_TIMEOUT_MS);
	}

	/** @returns {boolean} false when it is too long to be taken */
	#write(object) {
		if (new TextEncoder().encode(JSON.stringify(object)).length > this.#messageBytes)
			return false;
		this.#link.send(object);
		return true;
	}
}
