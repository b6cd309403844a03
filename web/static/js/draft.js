// SPDX-License-Identifier: MIT
// What somebody is typing, while their page is loaded again: in this tab, and for them only. The
// browser itself would put it into the next page at this address, whoever reads that.

const PREFIX = 'roomwire.draft';

/**
 * @param {HTMLTextAreaElement} input
 * @param {string} room
 * @param {string} identity whose page it is
 */
export function keepDraft(input, room, identity) {
	const own = `${PREFIX} ${identity} `;

	try {
		for (const key of Object.keys(sessionStorage))
			if (key.startsWith(`${PREFIX} `) && !key.startsWith(own))
				sessionStorage.removeItem(key);
		input.value = sessionStorage.getItem(own + room) ?? input.value;
		sessionStorage.removeItem(own + room);
	} catch {
		return; // storage is forbidden
	}
	addEventListener('pagehide', () => {
		if (input.value !== '')
			sessionStorage.setItem(own + room, input.value);
	});
}
