// SPDX-License-Identifier: MIT
// Why there is no connection, when no handshake says it: who is let in nowhere asks the same by HTTP, and
// is answered with the reason.

const ANSWER_MS = 10_000; // a network that is gone says nothing for minutes
const LOGIN_ENDED = { code: 4401 };

/** By the code of a refusal. */
const ends = new Map([
	['banned', { code: 4403, reason: 'banned' }],
	['banned_here', { code: 4403, reason: 'banned here' }],
	['members_only', { code: 4403, reason: 'members only' }],
]);

/**
 * @param {string} apiUrl of the room's messages
 * @returns {Promise<import('./close_codes.js').End | undefined>} undefined: it may be anything
 */
export async function explainRefusal(apiUrl) {
	const response = await fetch(`${apiUrl}?limit=1`,
		{ redirect: 'manual', cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });

	if (response.status === 401 || response.type === 'opaqueredirect')
		return LOGIN_ENDED; // a web server may lead to a login of its own
	return response.status === 403 ? ends.get((await response.json()).error) : undefined;
}
