// SPDX-License-Identifier: MIT
// Who may be meant by a name: the people who are here, and who has written lately. Knows no page.

const RECENT_MAX = 50;

export class KnownNames {
	/** @type {Set<string>} */
	#here = new Set();
	/** Who has written, the last one first. @type {string[]} */
	#recent = [];
	/** All of them in small letters. @type {Set<string>} */
	#lower = new Set();
	own = '';

	/** Others are here than before. @param {string[]} names */
	reset(names) {
		this.#here = new Set(names);
		this.#index();
	}

	/** @param {string[]} joined @param {string[]} [left] */
	change(joined, left = []) {
		joined.forEach((name) => this.#here.add(name));
		left.forEach((name) => this.#here.delete(name));
		this.#index();
	}

	/** Somebody has written. @param {string} name "" for nobody who has a name */
	note(name) {
		if (name === '' || name === this.#recent[0])
			return;
		this.#recent = [name, ...this.#recent.filter((other) => other !== name)].slice(0, RECENT_MAX);
		this.#index();
	}

	/** @param {string} name in small letters */
	has(name) {
		return this.#lower.has(name);
	}

	/** @returns {string[]} the others: who is here, those who wrote last first; then who wrote and has left */
	list() {
		const spoke = this.#recent.filter((name) => this.#here.has(name));
		const silent = [...this.#here].filter((name) => !this.#recent.includes(name)).sort((a, b) => a.localeCompare(b));
		const gone = this.#recent.filter((name) => !this.#here.has(name));

		return [...spoke, ...silent, ...gone].filter((name) => name !== this.own);
	}

	#index() {
		this.#lower = new Set([...this.#here, ...this.#recent].map((name) => name.toLowerCase()));
	}
}
