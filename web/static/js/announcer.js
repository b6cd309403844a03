// SPDX-License-Identifier: MIT
// Says new messages to screen readers through a polite region of its own. The list itself is no
// live region: readers would go through all of it again, or read out what was only loaded. What
// comes fast is put together, or nobody could follow.

import { sentences } from './sentences.js';

const GATHER_MS = 1000;
const SPOKEN_MAX = 3; // more at once are only counted
const TEXT_MAX = 300; // characters of one message; the rest can be read in the list

export class Announcer {
	#region;
	/** @type {{text: string, seq: number}[]} */
	#waiting = [];
	#timer = 0;

	/** @param {HTMLElement} region */
	constructor(region) {
		this.#region = region;
	}

	/** @param {string} text @param {number} [seq] of a message */
	say(text, seq = 0) {
		this.#waiting.push({ text: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text, seq });
		this.#timer ||= setTimeout(() => this.#speak(), GATHER_MS);
	}

	/** A message is gone: if it was not said yet it is not said. @param {number} seq */
	forget(seq) {
		this.#waiting = this.#waiting.filter((waiting) => waiting.seq !== seq);
	}

	#speak() {
		const isMuch = this.#waiting.length > SPOKEN_MAX;

		this.#region.textContent = isMuch ? sentences.newMessages(this.#waiting.length)
			: this.#waiting.map(({ text }) => text).join('\n');
		this.#waiting = [];
		this.#timer = 0;
	}
}
