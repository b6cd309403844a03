// SPDX-License-Identifier: MIT
// The list of suggestions above the input (W3C ARIA: a text field with a list that completes it). The
// focus stays in the input: arrows move within the list, Tab or Enter takes what is chosen, Escape closes
// it until something else is begun. While an input method composes a word, its keys are its own.

import { makeElement } from './element.js';
import { sentences } from './sentences.js';

export class Completion {
	#input;
	#suggest;
	#tell;
	#list = makeElement('ul', 'completion');
	/** @type {import('./suggestions.js').Suggestions} */
	#shown = { start: 0, items: [], isBegun: false };
	#active = -1;
	/** Where what Escape was pressed at begins; nothing is suggested there. */
	#dismissedAt = -1;

	/**
	 * @param {HTMLTextAreaElement} input
	 * @param {object} parts
	 * @param {(before: string) => import('./suggestions.js').Suggestions} parts.suggest
	 * @param {(text: string) => void} parts.tell for ears
	 */
	constructor(input, { suggest, tell }) {
		this.#input = input;
		this.#suggest = suggest;
		this.#tell = tell;
		this.#list.id = 'completion';
		this.#list.hidden = true;
		this.#list.tabIndex = 0; // it scrolls
		this.#list.setAttribute('role', 'listbox');
		this.#list.setAttribute('aria-label', sentences.talk.suggestions);
		input.form?.prepend(this.#list);
		input.setAttribute('aria-autocomplete', 'list');
		input.setAttribute('aria-haspopup', 'listbox');
		input.addEventListener('input', (event) => /** @type {InputEvent} */ (event).isComposing || this.#update());
		for (const type of ['compositionend', 'click'])
			input.addEventListener(type, () => this.#update());
		input.addEventListener('compositionstart', () => this.#close());
		input.addEventListener('blur', () => this.#close());
		input.addEventListener('keyup', ({ key }) => ['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key) && this.#update());
		this.#list.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays
		this.#list.addEventListener('click', ({ target }) => this.#handleClick(/** @type {Element} */ (target)));
	}

	/**
	 * @param {KeyboardEvent} event not of an input method
	 * @returns {boolean} whether it was for the list
	 */
	takeKey(event) {
		if (event.key === 'Tab' && event.shiftKey)
			this.#close(); // else the focus would stop there on its way back
		if (this.#list.hidden || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey)
			return false;
		const count = this.#shown.items.length;

		switch (event.key) {
		case 'ArrowDown':
			this.#activate((this.#active + 1) % count);
			return true;
		case 'ArrowUp':
			this.#activate((Math.max(this.#active, 0) + count - 1) % count);
			return true;
		case 'Tab':
			this.#accept(Math.max(this.#active, 0));
			return true;
		case 'Enter':
			return this.#active >= 0 && !this.#isTyped(this.#active) && this.#accept(this.#active);
		case 'Escape':
			this.#dismissedAt = this.#shown.start;
			this.#close();
			return true;
		default:
			return false;
		}
	}

	#update() {
		const { selectionStart, selectionEnd, value, readOnly } = this.#input;
		const found = this.#suggest(value.slice(0, selectionStart));

		if (found.items.length === 0)
			this.#dismissedAt = -1;
		if (found.items.length === 0 || selectionStart !== selectionEnd || readOnly || found.start === this.#dismissedAt) {
			this.#close();
			return;
		}
		const isNew = this.#list.hidden;

		this.#shown = found;
		this.#list.replaceChildren(...found.items.map(makeOption));
		this.#list.hidden = false;
		this.#input.setAttribute('aria-controls', this.#list.id);
		this.#activate(found.isBegun ? 0 : -1);
		if (isNew)
			this.#tell(sentences.talk.suggestionCount(found.items.length));
	}

	#activate(index) {
		this.#active = index;
		[...this.#list.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === index)));
		if (index < 0) {
			this.#input.removeAttribute('aria-activedescendant');
			return;
		}
		this.#input.setAttribute('aria-activedescendant', this.#list.children[index].id);
		this.#list.children[index].scrollIntoView({ block: 'nearest' });
	}

	/** Then there is nothing to complete, and Enter sends. */
	#isTyped(index) {
		const typed = this.#input.value.slice(this.#shown.start, this.#input.selectionStart);

		return typed.trim().toLowerCase() === this.#shown.items[index].insert.trim().toLowerCase();
	}

	/** @returns {true} */
	#accept(index) {
		const { insert } = this.#shown.items[index];

		this.#close();
		this.#input.setRangeText(insert, this.#shown.start, this.#input.selectionStart, 'end');
		this.#input.dispatchEvent(new Event('input', { bubbles: true }));
		return true;
	}

	#handleClick(target) {
		const index = [...this.#list.children].findIndex((option) => option.contains(target));

		if (index >= 0)
			this.#accept(index);
	}

	#close() {
		this.#list.hidden = true;
		this.#active = -1;
		this.#input.removeAttribute('aria-controls');
		this.#input.removeAttribute('aria-activedescendant');
	}
}

/** @param {import('./suggestions.js').Suggestion} suggestion @param {number} i */
function makeOption({ label, command }, i) {
	const { usage, help } = command === undefined ? { usage: '', help: '' } : sentences.talk.commands[command];
	const option = makeElement('li', 'completion-option', makeElement('bdi', 'completion-label', label));

	option.id = `completion-${i}`;
	option.setAttribute('role', 'option');
	if (help !== '')
		option.append(' ', makeElement('span', 'completion-usage', usage), ' ', makeElement('span', 'quiet', help));
	return option;
}
