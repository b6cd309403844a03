// SPDX-License-Identifier: MIT
// The client of a room: holds one WebSocket of the subprotocol roomwire.v1, comes back when it is
// lost, keeps what is said meanwhile and fetches what it missed: messages are told in order, each
// once. Knows nothing of a page. Use:
//
//     import { connect } from './roomwire.js';
//
//     const room = connect({ room: 'lobby' });
//     room.on('message', ({ user, message }) => console.log(user, message));
//     await room.send('hello');          // resolved by the server's ack

import { findCloseCode, reconnectDelay } from './close_codes.js';
import { MessageOrder } from './message_order.js';
import { Outbox, RefusedError } from './outbox.js';
import { OutboxStore } from './outbox_store.js';
import { Questions } from './questions.js';
import { Resume } from './resume.js';

export { RefusedError };

const SUBPROTOCOL = 'roomwire.v1';
const PING_INTERVAL_MS = 25_000; // below the 30 s after which many proxies cut a silent connection
const ANSWER_TIMEOUT_MS = 10_000; // for the handshake and for a pong: a slow mobile network, with room to spare
const LOST = { code: 1006 };
const UNEXPLAINED_TRIES = 3; // a restart takes no longer
const STABLE_MS = 5_000; // a connection that lived so long makes the next attempt the first one again
const MESSAGE_BYTES_MAX = 16_384; // the broker's default; a message far above it would end the connection

/** What the server says; each becomes an event of the same name with the object as its detail. */
const SERVER_EVENTS = new Set([
	'welcome', 'message', 'ack', 'error', 'presence', 'count', 'members', 'notice', 'bye', 'history',
]);

/**
 * Errors that mean "later": how long to wait before a message is sent again. The pause doubles with each, five times: a
 * server ends a connection after twenty errors in a minute.
 *
 * @type {Record<string, number>}
 */
const pausesMs = { busy: 300, too_fast: 1_000, storage: 5_000 };
const DOUBLED_MAX = 5;

/**
 * @typedef {"connecting"|"connected"|"waiting"|"closed"} State
 *   waiting: lost, and coming back by itself at `retryAt`; closed: for good, until `reconnect()`
 *
 * @typedef {object} StateDetail
 * @property {State} state
 * @property {number} [code] the close code that led here
 * @property {string} [reason] its name, such as "service_restart"
 * @property {number} [retryAt] milliseconds since the epoch
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
 * @property {() => Promise<import('./close_codes.js').End|undefined>} [explain] asked after some tries, since no script is
 *   told why a handshake is refused: an answer ends the connection
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

/**
 * @param {string} room
 * @param {string} url
 * @returns {string}
 */
function socketUrl(room, url) {
	const base = new URL(url || '/ws/', globalThis.location?.href);

	base.protocol = base.protocol.replace(/^http/, 'ws'); // https becomes wss: a page may not mix them
	if (!base.pathname.endsWith('/'))
		base.pathname += '/';
	return new URL(`chat/${encodeURIComponent(room)}/`, base).href;
}

/**
 * @param {unknown} data
 * @returns {Record<string, any> | undefined} an object with a type; nothing else is understood
 */
function parseEvent(data) {
	try {
		const event = JSON.parse(String(data));

		return typeof event?.type === 'string' ? event : undefined;
	} catch {
		return undefined;
	}
}

/** @returns {RefusedError} */
function noConnection() {
	return new RefusedError('closed', 'There is no connection to the room.');
}

export class Connection extends EventTarget {
	#url;
	#identity;
	#messageBytes;
	#outbox;
	#questions = new Questions();
	#resume;
	#order;
	/** @type {WebSocket | null} */
	#socket = null;
	/** @type {StateDetail} */
	#state = { state: 'closed' };
	#explain;
	#triesToExplain = UNEXPLAINED_TRIES;
	#attempt = 0;
	#connectedAt = 0;
	#retryAfterSeconds = 0;
	#retryTimer = 0;
	#refusedInRow = 0;
	#pauseTimer = 0;
	#questionTimer = 0;
	#pingTimer = 0;
	#answerTimer = 0;

	/** @param {Options} options */
	constructor({
		room, url = '', messageBytes = MESSAGE_BYTES_MAX, epoch = '', seq = 0, identity = '', keep = false,
		explain = async () => undefined,
	}) {
		super();
		this.#url = socketUrl(room, url);
		this.#identity = identity;
		this.#explain = explain;
		this.#messageBytes = messageBytes;
		this.#resume = new Resume(epoch, seq);
		this.#order = new MessageOrder(this.#resume, {
			ask: (range) => this.history(range),
			tell: (type, detail) => this.#tell(type, detail),
			giveUp: () => this.#handleClose(LOST),
		});
		this.#outbox = new Outbox(keep ? new OutboxStore(this.#url, identity) : null);
		this.#adopt();
		for (const type of ['online', 'offline'])
			globalThis.addEventListener?.(type, () => this.#check());
		globalThis.document?.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible')
				this.#check();
		});
	}

	/** @returns {StateDetail} */
	get state() {
		return this.#state;
	}

	/**
	 * Besides what the server says: `state`; `unsent` for a message that an earlier page could not send; `reset` when too
	 * much was missed to be told, and the messages that follow are the last ones, not the next.
	 *
	 * @param {"state"|"unsent"|"reset"|"welcome"|"message"|"ack"|"error"|"presence"|"count"|"members"|"notice"|"bye"} type
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

		if (this.#state.state === 'closed')
			this.#outbox.refuseAll(noConnection());
		this.#sendNext();
		return Object.assign(answer, { ref: usedRef });
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
		clearTimeout(this.#retryTimer);
		this.#drop();
		this.#open();
	}

	/** Leaves for good. */
	close() {
		this.#socket?.close(1000);
		this.#end({ code: 1000 });
	}

	#open() {
		const socket = new WebSocket(this.#url + this.#query(), SUBPROTOCOL);

		this.#socket = socket;
		this.#retryAfterSeconds = 0;
		socket.onmessage = ({ data }) => this.#handleData(data);
		socket.onclose = (end) => this.#handleClose(end);
		this.#expectAnswer();
		this.#enter({ state: 'connecting' });
	}

	#query() {
		const identity = this.#identity && { as: this.#identity };
		const query = new URLSearchParams({ ...this.#resume.position(), ...identity });

		return `${query}` && `?${query}`;
	}

	/** Forgets the socket: none of its events is heard any more, a dead one may take minutes to notice. */
	#drop() {
		for (const timer of [this.#pingTimer, this.#answerTimer, this.#questionTimer])
			clearTimeout(timer);
		if (this.#socket === null)
			return;
		this.#socket.onmessage = null;
		this.#socket.onclose = null;
		this.#socket.close();
		this.#socket = null;
		this.#order.clear();
		this.#resend(0);
		this.#questions.refuseAll(noConnection());
	}

	/** @param {import('./close_codes.js').End} end */
	#handleClose(end) {
		const wasWelcome = this.#state.state === 'connected';
		const { comeBack } = findCloseCode(end);

		this.#drop();
		if (Date.now() - this.#connectedAt > STABLE_MS && wasWelcome)
			this.#attempt = 0;
		if (comeBack === 'never' || (comeBack === 'once' && !wasWelcome)) {
			this.#end(end);
			return;
		}
		this.#wait(end);
		if (wasWelcome)
			this.#triesToExplain = comeBack === 'once' ? 1 : UNEXPLAINED_TRIES;
		else if (--this.#triesToExplain === 0)
			this.#explainTries();
	}

	async #explainTries() {
		this.#triesToExplain = UNEXPLAINED_TRIES;
		const end = await this.#explain().catch(() => undefined);

		if (end !== undefined && ['waiting', 'connecting'].includes(this.#state.state))
			this.#end(end);
	}

	#end(end) {
		clearTimeout(this.#retryTimer);
		this.#drop();
		this.#outbox.refuseAll(noConnection());
		this.#enter({ state: 'closed', code: end.code, reason: findCloseCode(end).name });
	}

	#wait(end) {
		const { name, comeBack } = findCloseCode(end);
		const delay = reconnectDelay(this.#attempt, comeBack, this.#retryAfterSeconds);

		this.#attempt++;
		this.#retryTimer = setTimeout(() => this.#open(), delay);
		this.#enter({ state: 'waiting', code: end.code, reason: name, retryAt: Date.now() + delay });
	}

	/** The network is back or gone, or somebody looks at the page again: this is the moment to find out. */
	#check() {
		this.#adopt();
		if (this.#state.state === 'waiting')
			this.reconnect();
		else if (this.#state.state === 'connected')
			this.#ping();
	}

	#ping() {
		this.#write({ type: 'ping' });
		this.#expectAnswer();
	}

	/** Without anything from the server within the time the connection counts as lost. */
	#expectAnswer() {
		clearTimeout(this.#pingTimer);
		clearTimeout(this.#answerTimer);
		this.#answerTimer = setTimeout(() => this.#handleClose(LOST), ANSWER_TIMEOUT_MS);
	}

	#handleData(data) {
		const event = parseEvent(data);

		if (event === undefined)
			return; // not our protocol: the answer that is waited for has not come
		clearTimeout(this.#answerTimer);
		clearTimeout(this.#pingTimer);
		this.#pingTimer = setTimeout(() => this.#ping(), PING_INTERVAL_MS);
		if (!SERVER_EVENTS.has(event.type))
			return;
		this.#react(event);
		this.#sendNext();
	}

	/** What the connection itself has to know of an event, which is then told. */
	#react(event) {
		if (event.type === 'message') {
			this.#order.receive(event);
			return;
		}
		if (event.type === 'welcome') {
			this.#beginConnection(event);
		} else if (event.type === 'ack') {
			this.#refusedInRow = 0;
			this.#outbox.accept(event.ref, event.seq);
		} else if (event.type === 'error') {
			this.#handleError(event, new RefusedError(String(event.code ?? ''), String(event.message ?? '')));
			return;
		} else if (event.type === 'history' || event.type === 'members') {
			clearTimeout(this.#questionTimer);
			this.#questions.accept(event);
		} else if (event.type === 'bye') {
			this.#retryAfterSeconds = Number(event.retry_after) || 0;
		}
		this.#tell(event.type, event);
	}

	#beginConnection(welcome) {
		this.#connectedAt = Date.now();
		this.#resume.welcome(welcome);
		this.#adopt();
		this.#enter({ state: 'connected' });
	}

	/** Without a ref it is the question's, who asked is told; or of what was not read, as it came too fast or too long. */
	#handleError(event, error) {
		if (event.ref === undefined && error.code !== 'too_long' && this.#questions.refuse(error)) {
			clearTimeout(this.#questionTimer);
			if (error.code !== 'too_fast')
				return;
		}
		if (Object.hasOwn(pausesMs, error.code))
			this.#resend(pausesMs[error.code] * 2 ** Math.min(this.#refusedInRow++, DOUBLED_MAX) * (0.75 + Math.random() / 2));
		else
			this.#outbox.refuse(event.ref, error);
		this.#tell('error', event);
	}

	/** What was under way is sent again: after a pause, or when there is a connection. */
	#resend(pauseMs) {
		clearTimeout(this.#pauseTimer);
		this.#pauseTimer = 0;
		this.#outbox.rewind();
		if (pauseMs > 0)
			this.#pauseTimer = setTimeout(() => {
				this.#pauseTimer = 0;
				this.#sendNext();
			}, pauseMs);
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
		if (this.#state.state !== 'connected')
			return;
		this.#askNext();
		for (let entry = this.#nextEntry(); entry !== undefined; entry = this.#nextEntry()) {
			const { ref, text } = entry;

			if (!this.#write({ type: 'message', message: text, ref }))
				this.#outbox.refuse(ref, new RefusedError('too_long', 'This message is too long.'));
		}
	}

	#nextEntry() {
		return this.#pauseTimer === 0 ? this.#outbox.next() : undefined;
	}

	#ask(question) {
		const answer = this.#questions.ask(question);

		if (this.#state.state !== 'connected')
			this.#questions.refuseAll(noConnection());
		this.#sendNext();
		return answer;
	}

	/** A question that is never answered must not hold up the ones behind it. */
	#askNext() {
		const question = this.#questions.next();

		if (question === undefined)
			return;
		this.#write(question);
		clearTimeout(this.#questionTimer);
		this.#questionTimer = setTimeout(() => this.#handleClose(LOST), ANSWER_TIMEOUT_MS);
	}

	/** @returns {boolean} false when it is too long to be taken */
	#write(object) {
		const frame = JSON.stringify(object);

		if (new TextEncoder().encode(frame).length > this.#messageBytes)
			return false;
		if (this.#socket?.readyState === WebSocket.OPEN)
			this.#socket.send(frame);
		return true;
	}

	/** The one place where the state changes. @param {StateDetail} next */
	#enter(next) {
		this.#state = next;
		this.#tell('state', next);
	}
}
