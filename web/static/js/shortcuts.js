// SPDX-License-Identifier: MIT
// Keys of the whole page, for whoever is not writing: "/" goes to the input, "?" shows what keys there
// are, Escape leads to the newest message. And for everybody, those that lead to other rooms.

/** @type {Record<string, "focus"|"help"|"newest">} */
const keys = { '/': 'focus', '?': 'help', Escape: 'newest' };

/** @param {{focus: () => void, help: () => void, newest: () => void}} actions */
export function startShortcuts(actions) {
	document.addEventListener('keydown', (event) => {
		const action = keys[event.key];

		if (action === undefined || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isElsewhere(event.target))
			return;
		event.preventDefault();
		actions[action]();
	});
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
