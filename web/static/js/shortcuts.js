// SPDX-License-Identifier: MIT
// Keys of the whole page, for whoever is not writing: "/" goes to the input, "?" shows what keys there
// are, Escape leads to the newest message. And for everybody, those that lead to other rooms.

const STORE = 'roomwire.keys';
let hasCharacters = readStored();
/** @type {Record<string, "focus"|"help"|"newest">} */
const keys = { '/': 'focus', '?': 'help', Escape: 'newest' };

/** @param {{focus: () => void, help: () => void, newest: () => void}} actions */
export function startShortcuts(actions) {
	document.addEventListener('keydown', (event) => {
		const action = keys[event.key];

		if (action === undefined || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isElsewhere(event.target))
			return;
		if (event.key.length === 1 && !hasCharacters)
			return;
		event.preventDefault();
		actions[action]();
	});
}

/** @returns {boolean} whether the keys of one character do anything */
export function areCharactersOn() {
	return hasCharacters;
}

/**
 * Whoever speaks to their machine presses such keys by accident (WCAG 2.1.4).
 *
 * @param {boolean} isOn in this page, and in those that are opened later in this browser
 */
export function switchCharacters(isOn) {
	hasCharacters = isOn;
	try {
		localStorage.setItem(STORE, isOn ? 'on' : 'off');
	} catch {
		// Storage is forbidden: for this page only.
	}
}

function readStored() {
	try {
		return localStorage.getItem(STORE) !== 'off';
	} catch {
		return true;
	}
}

/** Whether a key means something of its own where it was pressed. */
function isElsewhere(target) {
	return target instanceof Element
		&& target.closest('input, textarea, select, [contenteditable], dialog, details[open], [role="menu"], .people-open') !== null;
}

/** @param {{previous: () => void, next: () => void, choose: () => void}} actions of the list of rooms */
export function startRoomShortcuts(actions) {
	document.addEventListener('keydown', (event) => {
		const action = roomAction(event);

		if (action === undefined || event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null)
			return;
		event.preventDefault();
		actions[action]();
	});
}

/** @param {KeyboardEvent} event @returns {"previous" | "next" | "choose" | undefined} */
function roomAction({ key, altKey, ctrlKey, metaKey, shiftKey }) {
	if (altKey && !ctrlKey && !metaKey && !shiftKey)
		return key === 'ArrowUp' ? 'previous' : key === 'ArrowDown' ? 'next' : undefined;
	return ctrlKey !== metaKey && !altKey && !shiftKey && key.toLowerCase() === 'k' ? 'choose' : undefined;
}
