// SPDX-License-Identifier: MIT
// What is to be sent, in order, until the server has answered. Knows no socket: the connection asks
// for the next text when it may send. One message is under way at a time: so the order outlives a
// lost connection, and an error that names no message (one that was too long to be read) can only
// mean this one.

const MESSAGES_MAX = 200; // waiting while the connection is away; more is a page that does not look at its state

/** A refused message. `code` is the protocol's word; `message` its sentence for people. */
export class RefusedError extends Error {
	/**
	 * @param {string} code
	 * @param {string} message
	 */
	constructor(code, message) {
		super(message);
		this.name = 'RefusedError';
		this.code = code;
	}
}

/** @returns {string} a new reference; random, since the same person may write from two tabs */
function makeRef() {
	// randomUUID exists only on pages that came by https.
	const bytes = crypto.getRandomValues(new Uint8Array(12));

	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Outbox {
	/** @type {{ref: string, text: string, resolve: Function, reject: Function}[]} */
	#entries = [];
	#isUnderWay = false;

	get length() {
		return this.#entries.length;
	}

	/**
	 * @param {string} text
	 * @param {string} [ref] of an earlier try: a message that did arrive then is not said twice
	 * @returns {{ref: string, answer: Promise<{seq: number}>}}
	 */
	add(text, ref = makeRef()) {
		const answer = new Promise((resolve, reject) => {
			if (this.#entries.length < MESSAGES_MAX)
				this.#entries.push({ ref, text, resolve, reject });
			else
				reject(new RefusedError('outbox_full', 'Too many messages are waiting to be sent.'));
		});

		return { ref, answer };
	}

	/** @returns {{ref: string, text: string} | undefined} what to send now; from then on it is under way */
	next() {
		if (this.#isUnderWay || this.#entries.length === 0)
			return undefined;
		this.#isUnderWay = true;
		return this.#entries[0];
	}

	/**
	 * The server has the message.
	 *
	 * @param {string} ref
	 * @param {number} seq
	 */
	accept(ref, seq) {
		this.#take(ref)?.resolve({ seq });
	}

	/**
	 * @param {string | undefined} ref undefined: the one under way
	 * @param {RefusedError} error
	 */
	refuse(ref, error) {
		if (ref === undefined && !this.#isUnderWay)
			return;
		this.#take(ref ?? this.#entries[0].ref)?.reject(error);
	}

	/** The connection is lost: what was under way is to be sent again. */
	rewind() {
		this.#isUnderWay = false;
	}

	/**
	 * There will be no connection any more.
	 *
	 * @param {RefusedError} error
	 */
	refuseAll(error) {
		const entries = this.#entries;

		this.#entries = [];
		this.#isUnderWay = false;
		for (const entry of entries)
			entry.reject(error);
	}

	#take(ref) {
		const index = this.#entries.findIndex((entry) => entry.ref === ref);

		if (index < 0)
			return undefined;
		if (index === 0)
			this.#isUnderWay = false;
		return this.#entries.splice(index, 1)[0];
	}
}
