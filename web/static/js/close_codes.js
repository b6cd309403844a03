// SPDX-License-Identifier: MIT
// Why a connection can end, and whether to come back: the protocol's table of close codes, read by
// the client library. Sentences for people are the page's business (sentences.js).

/**
 * How a client comes back after a close code; "once": only of a connection that was welcome before.
 *
 * @typedef {"soon"|"slowly"|"once"|"never"} Return
 */

/**
 * By code; by code and reason where one code is said for two.
 *
 * @type {ReadonlyMap<number|string, {name: string, comeBack: Return}>}
 */
const closeCodes = new Map([
	[1000, { name: 'normal', comeBack: 'never' }],
	[1001, { name: 'going_away', comeBack: 'soon' }],
	[1002, { name: 'protocol_error', comeBack: 'never' }],
	[1003, { name: 'unsupported_data', comeBack: 'never' }],
	[1006, { name: 'lost', comeBack: 'soon' }],
	[1007, { name: 'invalid_payload', comeBack: 'never' }],
	[1008, { name: 'policy_violation', comeBack: 'never' }],
	[1009, { name: 'too_big', comeBack: 'never' }],
	[1011, { name: 'internal_error', comeBack: 'soon' }],
	[1012, { name: 'service_restart', comeBack: 'soon' }],
	[1013, { name: 'try_again_later', comeBack: 'soon' }],
	[4401, { name: 'login_ended', comeBack: 'once' }],
	[4403, { name: 'forbidden', comeBack: 'never' }],
	['4403 banned', { name: 'banned', comeBack: 'never' }],
	['4403 banned here', { name: 'banned_here', comeBack: 'never' }],
	['4403 kicked', { name: 'kicked', comeBack: 'never' }],
	['4403 members only', { name: 'members_only', comeBack: 'never' }],
	[4404, { name: 'no_room', comeBack: 'never' }],
	[4429, { name: 'too_fast', comeBack: 'slowly' }],
]);

// A code from outside the table is most likely a proxy's: the connection is worth another try, in
// its own time.
const unknownCode = { name: 'unknown', comeBack: /** @type {Return} */ ('slowly') };

/**
 * @typedef {object} End as a CloseEvent has it
 * @property {number} code
 * @property {string} [reason]
 *
 * @param {End} end
 * @returns {{name: string, comeBack: Return}}
 */
export function findCloseCode({ code, reason = '' }) {
	return closeCodes.get(`${code} ${reason}`) ?? closeCodes.get(code) ?? unknownCode;
}

/** @type {Record<Exclude<Return, "never">, [least: number, most: number]>} milliseconds */
const delays = {
	soon: [500, 20_000], // no client comes back faster: a restarting broker meets all of them
	slowly: [10_000, 60_000],
	once: [100, 20_000], // a person waits to see who they are; the cookie that says it may still be on its way
};

/**
 * Full jitter: anything between the minimum and a ceiling that doubles with each attempt, so that clients that were cut
 * off together do not come back together. What the server asked for is never undercut.
 *
 * @param {number} attempt 0 for the first
 * @param {Exclude<Return, "never">} comeBack
 * @param {number} [askedSeconds] the server's retry_after
 * @param {() => number} [random] in [0, 1)
 * @returns {number} milliseconds
 */
export function reconnectDelay(attempt, comeBack, askedSeconds = 0, random = Math.random) {
	const [min, max] = delays[comeBack];
	const ceiling = Math.min(max, 2 * min * 2 ** Math.min(attempt, 16));
	const delay = min + random() * (ceiling - min);

	return Math.round(askedSeconds * 1000 + delay);
}
