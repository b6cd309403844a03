// SPDX-License-Identifier: MIT
// Why there is no connection, when no handshake says it: who is let in nowhere asks the same by HTTP, and
// is answered with the reason.

const ANSWER_MS = 10_000; // a network that is gone says nothing for minutes

/** By status of HTTP. */
const ends = new Map([[401, { code: 4401 }], [403, { code: 4403, reason: 'banned' }]]);

/**
 * @param {string} apiUrl of the room's messages
 * @returns {Promise<import('./close_codes.js').End | undefined>} undefined: it may be anything
 */
export async function explainRefusal(apiUrl) {
	const { status, type } = await fetch(`${apiUrl}?limit=1`,
		{ method: 'HEAD', redirect: 'manual', cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });

	return ends.get(type === 'opaqueredirect' ? 401 : status); // a web server may lead to a login of its own
}
