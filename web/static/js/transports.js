// SPDX-License-Identifier: MIT
// The ways to a room, and which of them to try: the WebSocket, and for networks that do not let one
// through the event stream and the long poll. What all of them hear is the same events, and what they
// are given to send is the same objects, so that nothing else knows which one it is.

import { followStream } from './event_stream.js';
import { HttpTransport } from './http_transport.js';
import { followPolls } from './long_poll.js';
import { SocketTransport } from './socket_transport.js';

/**
 * @typedef {"websocket"|"eventstream"|"longpoll"} TransportName
 *
 * @typedef {object} Place what all transports of a connection are told
 * @property {string} room
 * @property {string} url where the sockets are
 * @property {(position?: Record<string, string>) => string | Promise<string>} query what to ask for, at this moment
 * @property {string} [postUrl] where messages are posted without a socket
 * @property {string} [editUrl] and edits
 * @property {string} [deleteUrl] and deletions
 * @property {string} [csrfToken] goes with them
 * @property {string} [historyUrl] where older messages are asked for without a socket
 *
 * @typedef {import('./close_codes.js').End & {retryAfter?: number, isUncertain?: boolean}} TransportEnd
 *   retryAfter: seconds that the server asked for; isUncertain: it may be something on the way that refuses
 *
 * @typedef {object} Listener
 * @property {(event?: Record<string, any>, isAnswer?: boolean) => void} hear an event of the protocol; nothing: a sign of
 *   life; isAnswer: of a request of its own, which tells nothing of the way that events come
 * @property {(end: TransportEnd) => void} end once, and nothing after it
 *
 * @typedef {object} Transport open when it is made; its listener is called later, and not after close()
 * @property {(object: Record<string, any>) => void} send a message or a question; lost where there is no connection
 * @property {() => boolean} ping asks for a sign of life; false where that cannot be asked for
 * @property {() => void} close leaves; again is fine
 *
 * @typedef {object} Kind
 * @property {(place: Place, listener: Listener) => Transport} open
 * @property {number} welcomeMs how long a welcome may take before the next way is tried
 * @property {number} silenceMs after which something should have been heard
 */

/** @type {Record<TransportName, Kind>} */
const kinds = {
	websocket: {
		open: (place, listener) => new SocketTransport(place, listener),
		welcomeMs: 3_000,
		silenceMs: 25_000, // below the 30 s after which many proxies cut a silent connection
	},
	eventstream: {
		open: (place, listener) => new HttpTransport(place, listener, followStream),
		welcomeMs: 2_000,
		silenceMs: 60_000, // the broker says something each 25 s
	},
	longpoll: {
		open: (place, listener) => new HttpTransport(place, listener, followPolls),
		welcomeMs: 10_000,
		silenceMs: 60_000,
	},
};

/** @type {TransportName[]} best first */
export const transportNames = ['websocket', 'eventstream', 'longpoll'];

const PATIENT_MS = 10_000; // a slow mobile network, with room to spare
const PROVEN_TRIES = 3; // a restart takes no longer
const RETURNS_TO_FIRST = 5; // connections after which the best way is tried again

export class TransportChoice {
	#names;
	#index = 0;
	/** The one that was welcome last. @type {number | undefined} */
	#proven;
	/** The next try is of what worked, since something worse was welcome; and: this try is that one. */
	#isInDoubt = false;
	#isTriedAgain = false;
	#failures = 0;
	#returns = 0;

	/** @param {TransportName[]} names to try, in this order */
	constructor(names) {
		this.#names = names;
	}

	/** @returns {TransportName} the one to open */
	get name() {
		return this.#names[this.#index];
	}

	/** @returns {boolean} whether it is the best */
	get isFirst() {
		return this.#index === 0;
	}

	get silenceMs() {
		return kinds[this.name].silenceMs;
	}

	/** What is known to work is given time, and so is the last hope. */
	get welcomeMs() {
		const isTrusted = this.#index === this.#proven && !this.#isTriedAgain;

		return isTrusted || this.#isLast() ? PATIENT_MS : kinds[this.name].welcomeMs;
	}

	/** @param {Place} place @param {Listener} listener @returns {Transport} */
	open(place, listener) {
		return kinds[this.name].open(place, listener);
	}

	/**
	 * It was welcome. Where a better one has worked before, the server may only have been away: that one is tried again first.
	 *
	 * @returns {boolean} false: leave this one, and come back in a moment
	 */
	accept() {
		if (this.#proven !== undefined && this.#index > this.#proven && !this.#isTriedAgain) {
			this.#isInDoubt = true;
			return false;
		}
		this.#proven = this.#index;
		this.#failures = 0;
		return true;
	}

	/** It came to nothing. @returns {boolean} whether another one is to be tried at once */
	goOn() {
		const isTrusted = this.#index === this.#proven && ++this.#failures < PROVEN_TRIES;

		if (isTrusted || this.#isLast())
			return false;
		this.#index++;
		return true;
	}

	/** The next connection begins with what worked, and now and then with the best. */
	restart() {
		this.#index = ++this.#returns % RETURNS_TO_FIRST === 0 ? 0 : this.#proven ?? 0;
		this.#isTriedAgain = this.#isInDoubt;
		this.#isInDoubt = false;
	}

	/** The network is another one. */
	forget() {
		this.#index = 0;
	}

	#isLast() {
		return this.#index === this.#names.length - 1;
	}
}
