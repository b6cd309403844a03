// SPDX-License-Identifier: MIT
// Keys of the whole page, for whoever is not writing: "/" goes to the input, "?" shows what keys there
// are, Escape leads to the newest message.

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
