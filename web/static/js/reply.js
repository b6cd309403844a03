// SPDX-License-Identifier: MIT
// A reply begins with what it replies to, as a quote above what is written.

import { isDeleted, seqOf, textOfMessage } from './message_item.js';

const LINES_MAX = 4; // of the quote
const CHARACTERS_MAX = 300;

export class Reply {
	#input;
	/** The last one that was begun; its quote may still stand in the input. */
	#seq = 0;
	#quote = '';

	/** @param {HTMLTextAreaElement} input */
	constructor(input) {
		this.#input = input;
	}

	get isPossible() {
		return !this.#input.readOnly;
	}

	/** @param {HTMLElement} item */
	begin(item) {
		this.forget(this.#seq);
		this.#seq = seqOf(item);
		this.#quote = isDeleted(item) ? '' : quoteOf(item);
		this.#write(this.#quote + this.#input.value);
		this.#input.focus();
		this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
	}

	/** Takes a quote out again that was not sent: its message is gone. @param {number} seq */
	forget(seq) {
		if (seq === this.#seq && this.#quote !== '' && this.#input.value.startsWith(this.#quote))
			this.#write(this.#input.value.slice(this.#quote.length));
	}

	#write(text) {
		this.#input.value = text;
		this.#input.dispatchEvent(new Event('input', { bubbles: true }));
	}
}

function quoteOf(item) {
	const name = item.querySelector('.message-user')?.textContent ?? '';
	const text = textOfMessage(item).split('\n').filter((line) => !line.startsWith('> ')).join('\n').trim();
	const lines = `${name}: ${[...text].slice(0, CHARACTERS_MAX).join('')}`.split('\n');

	return `${lines.slice(0, LINES_MAX).map((line) => `> ${line}\n`).join('')}`;
}
