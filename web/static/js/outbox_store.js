// SPDX-License-Identifier: MIT
// Keeps what is to be sent in the browser's storage, so that it outlives the page. Each page writes
// a key of its own and holds a lock of that name while it lives: what lies under a key whose lock is
// free belongs to no page, and the next one of the same person in the same room takes it: what one
// has typed is never another's. A message that two pages send all the same, where a browser has no
// locks, has one ref and is said once.

const PREFIX = 'roomwire.outbox';

/** @returns {Storage | undefined} undefined where it is forbidden */
function findStorage(name) {
	try {
		return globalThis[name];
	} catch {
		return undefined;
	}
}

/** @returns {import('./outbox.js').Entry[]} what of a stored text are entries */
function parseEntries(text) {
	try {
		return JSON.parse(text).filter(({ ref, text, time, code }) => typeof ref === 'string'
			&& typeof text === 'string' && Number.isFinite(time) && typeof code === 'string');
	} catch {
		return [];
	}
}

export class OutboxStore {
	#identity;
	#prefix;
	#key;
	#previous;
	#storage = findStorage('localStorage');
	#locks = globalThis.navigator?.locks;

	/**
	 * @param {string} room anything that names it, the same on each page and without a space
	 * @param {string} identity of the person, likewise; "" where it is not known
	 */
	constructor(room, identity) {
		const session = findStorage('sessionStorage');

		this.#identity = identity;
		this.#prefix = `${PREFIX} ${room} ${identity} `;
		this.#key = this.#prefix + crypto.getRandomValues(new Uint32Array(2)).join('-');
		this.#previous = session?.getItem(this.#prefix); // this very tab's, before it was loaded again
		try {
			session?.setItem(this.#prefix, this.#key);
		} catch {
			// Storage is full: then any page takes what this one leaves.
		}
		this.#locks?.request(this.#key, () => new Promise(() => {})).catch(() => {}); // a page without an origin has none
	}

	/** @param {import('./outbox.js').Entry[]} entries all of this page */
	save(entries) {
		try {
			if (entries.length === 0)
				this.#storage?.removeItem(this.#key);
			else
				this.#storage?.setItem(this.#key, JSON.stringify(entries));
		} catch {
			// Storage is full: they are sent all the same while this page lives.
		}
	}

	/**
	 * Takes what pages that are gone have left; again whenever some may have gone.
	 *
	 * @param {(entries: import('./outbox.js').Entry[]) => void} take called later; has saved them when it returns
	 */
	adopt(take) {
		for (const key of this.#foreignKeys())
			this.#whenFree(key, () => {
				const text = this.#storage?.getItem(key);

				if (text == null)
					return;
				take(parseEntries(text));
				this.#storage?.removeItem(key);
			});
	}

	/**
	 * Drops what other people left here and did not come back for.
	 *
	 * @param {number} ageMs of what cannot be said any more
	 */
	forgetOthers(ageMs) {
		const isOthers = (key) => key.startsWith(`${PREFIX} `) && key.split(' ')[2] !== this.#identity;
		const isOld = ({ time }) => Date.now() - time > ageMs;

		for (const key of this.#keys().filter(isOthers))
			this.#whenFree(key, () => {
				if (parseEntries(this.#storage?.getItem(key)).every(isOld))
					this.#storage?.removeItem(key);
			});
	}

	#keys() {
		return Object.keys(this.#storage ?? {});
	}

	#foreignKeys() {
		return this.#keys().filter((key) => key.startsWith(this.#prefix) && key !== this.#key);
	}

	#whenFree(key, act) {
		if (this.#locks === undefined) {
			queueMicrotask(act);
			return;
		}
		// This tab's own is worth waiting for, once: the page before may still be on its way out.
		const ifAvailable = key !== this.#previous;

		if (!ifAvailable)
			this.#previous = undefined;
		this.#locks.request(key, { ifAvailable }, (lock) => lock !== null && act());
	}
}
