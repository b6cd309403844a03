// SPDX-License-Identifier: MIT
// The input: Enter sends, Shift and Enter begins a line, and a word that an input method still
// composes is never sent: none of its keys means anything else.

const ROWS_MAX = 6;

/**
 * Whether Enter belongs to the input method, which takes it to choose a word. Safari ends the
 * composition before it tells of the key, and then only the key's code says so.
 *
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
	return event.isComposing || event.keyCode === 229;
}

/**
 * Grows with its text, by rows: a page without inline styles has no heights to set.
 *
 * @param {HTMLTextAreaElement} input
 */
export function fitRows(input) {
	const style = getComputedStyle(input);
	const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);

	input.rows = 1; // or what it has now would be the least it can have
	const rows = Math.round((input.scrollHeight - padding) / parseFloat(style.lineHeight));

	input.rows = Math.min(ROWS_MAX, Math.max(1, rows));
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} input
 * @param {object} parts
 * @param {(text: string) => boolean} parts.submit called with what is written, never with nothing; false leaves it there
 * @param {(event: KeyboardEvent) => boolean} parts.takeKey whether a key means something else; never of an input method
 * @returns {(reasonId: string) => void} ends it: what is typed can still be read and copied; the element tells why
 */
export function startComposer(form, input, { submit, takeKey }) {
	form.addEventListener('submit', (event) => {
		const text = input.value;

		event.preventDefault();
		if (text.trim() === '' || input.readOnly)
			return;
		input.focus();
		input.value = '';
		if (!submit(text))
			input.value = text;
		fitRows(input);
	});
	input.addEventListener('keydown', (event) => {
		if (isComposing(event))
			return;
		if (takeKey(event)) {
			event.preventDefault();
		} else if (event.key === 'Enter' && !event.shiftKey) {
			event.preventDefault();
			form.requestSubmit();
		}
	});
	input.addEventListener('input', () => fitRows(input));
	addEventListener('resize', () => fitRows(input));
	fitRows(input);
	return (reasonId) => {
		input.readOnly = true;
		input.setAttribute('aria-describedby', reasonId);
		form.querySelector('[type=submit]')?.setAttribute('aria-disabled', 'true');
	};
}
