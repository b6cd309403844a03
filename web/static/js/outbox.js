// SPDX-License-Identifier: MIT
// What is to be sent, in order, until the server has answered. Knows no socket: the connection asks
// for the next text when it may send. One message is under way at a time: so the order outlives a
// lost connection, and an error that names no message (one that was too long to be read) can only
// mean this one. With a store (outbox_store.js) it outlives the page too, and then what was refused
// stays until it is sent again or discarded.

const MESSAGES_MAX = 200; // waiting while the connection is away; more is a page that does not look at its state
const CHARACTERS_MAX = 256 * 1024; // of all texts: a store is shared by all pages of a site
const OF_ONE_PAGE = new Set(['closed', 'csrf', 'listen_only']); // a new page may send what was refused with these
const AGE_MAX_MS = 23 * 3600_000; // the server knows a ref for a day: what is older might be said twice

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

/**
 * @typedef {object} Entry
 * @property {string} ref the same for each try
 * @property {string} text
 * @property {number} time when it was written, in milliseconds since the epoch
 * @property {string} code why it was refused; "" while it is to be sent
 *
 * @typedef {{resolve: (answer: {seq: number}) => void, reject: (error: RefusedError) => void}} Asker
 */

/** @returns {string} a new reference; random, since the same person may write from two tabs */
export function makeRef() {
	// randomUUID exists only on pages that came by https.
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Outbox {
	/** @type {(Entry & {askers: Asker[]})[]} */
	#entries = [];
	/** @type {Entry | undefined} */
	#underWay;
	#store;

	/** @param {import('./outbox_store.js').OutboxStore | null} [store] */
	constructor(store = null) {
		this.#store = store;
		this.#store?.forgetOthers(AGE_MAX_MS);
	}

	/**
	 * @param {string} text
	 * @param {string} [ref] of an earlier try: a message that did arrive then is not said twice
	 * @returns {{ref: string, answer: Promise<{seq: number}>}}
	 */
	add(text, ref = makeRef()) {
		const answer = new Promise((resolve, reject) => {
			const entry = this.#find(ref) ?? this.#make(text, ref);

			if (entry === undefined)
				reject(new RefusedError('outbox_full', 'Too many messages are waiting to be sent.'));
			else
				this.#queue(entry, { resolve, reject });
		});

		return { ref, answer };
	}

	/** @returns {Entry | undefined} what to send now; from then on it is under way */
	next() {
		if (this.#underWay !== undefined)
			return undefined;
		this.#underWay = this.#entries.find(({ code }) => code === '');
		return this.#underWay;
	}

	/**
	 * The server has the message.
	 *
	 * @param {string} ref
	 * @param {number} seq
	 */
	accept(ref, seq) {
		for (const { resolve } of this.#remove(ref))
			resolve({ seq });
	}

	/**
	 * @param {string | undefined} ref undefined: the one under way
	 * @param {RefusedError} error
	 */
	refuse(ref, error) {
		const entry = this.#find(ref ?? this.#underWay?.ref);

		if (entry === undefined)
			return;
		for (const { reject } of this.#store === null ? this.#remove(entry.ref) : this.#keep(entry, error.code))
			reject(error);
	}

	/** Nobody wants it sent any more. @param {string} ref */
	discard(ref) {
		this.#remove(ref);
	}

	/** The connection is lost, or the server asks for patience: what was under way is to be sent again. */
	rewind() {
		this.#underWay = undefined;
	}

	/**
	 * There will be no connection any more.
	 *
	 * @param {RefusedError} error
	 */
	refuseAll(error) {
		for (const { ref } of this.#entries.filter(({ code }) => code === ''))
			this.refuse(ref, error);
	}

	/**
	 * What pages that are gone have left, oldest first; before what was written here since.
	 *
	 * @param {(entry: Entry) => void} tell called for each that is new here
	 */
	adopt(tell) {
		this.#store?.adopt((entries) => {
			const added = entries.filter(({ ref }) => this.#find(ref) === undefined).map(reopen);

			this.#entries = [...this.#entries, ...added].sort((a, b) => a.time - b.time);
			this.#save();
			for (const entry of added)
				tell(entry);
		});
	}

	#find(ref) {
		return this.#entries.find((entry) => entry.ref === ref);
	}

	#make(text, ref) {
		const characters = this.#entries.reduce((sum, entry) => sum + entry.text.length, text.length);

		if (this.#entries.length >= MESSAGES_MAX || characters > CHARACTERS_MAX)
			return undefined;
		return { ref, text, time: Date.now(), code: '', askers: [] };
	}

	#queue(entry, asker) {
		entry.askers.push(asker);
		if (entry.code !== '' || !this.#entries.includes(entry)) {
			this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
			entry.code = '';
			entry.time = Date.now(); // it takes its place behind the others
			this.#save();
		}
	}

	#remove(ref) {
		const entry = this.#find(ref);

		if (entry === undefined)
			return [];
		this.#entries = this.#entries.filter((other) => other !== entry);
		return this.#release(entry);
	}

	#keep(entry, code) {
		entry.code = code;
		return this.#release(entry);
	}

	#release(entry) {
		const askers = entry.askers;

		if (this.#underWay === entry)
			this.#underWay = undefined;
		entry.askers = [];
		this.#save();
		return askers;
	}

	#save() {
		this.#store?.save(this.#entries.map(({ ref, text, time, code }) => ({ ref, text, time, code })));
	}
}

/** An entry as a new page takes it. */
function reopen({ ref, text, time, code }) {
	const isStale = Date.now() - time > AGE_MAX_MS;

	return { ref, text, time, code: isStale ? 'stale' : OF_ONE_PAGE.has(code) ? '' : code, askers: [] };
}
