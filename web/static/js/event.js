// SPDX-License-Identifier: MIT
// What the server says, from text.

/**
 * @param {unknown} data
 * @returns {Record<string, any> | undefined} an object with a type; nothing else is understood
 */
export function parseEvent(data) {
	try {
		const event = JSON.parse(String(data));

		return typeof event?.type === 'string' ? event : undefined;
	} catch {
		return undefined;
	}
}
