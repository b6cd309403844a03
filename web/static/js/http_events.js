// SPDX-License-Identifier: MIT
// Reads events from an answer by HTTP, line by line as they come, and tells how it ended. Not with
// EventSource: that one says neither the status of a refusal, nor that a comment came, by which a
// stream that is dead is known from one that is silent.

/** What a refusal means, where a close code says the same. @type {Record<number, number>} */
const closeCodeOf = { 401: 4401, 403: 4403, 429: 4429 };
const LOST = 1006;

/** @param {Response} response @returns {number} seconds that the server asks for */
export function retryAfterOf(response) {
	return Number(response.headers.get('Retry-After')) || 0;
}

/**
 * @param {string} address
 * @param {AbortSignal} signal
 * @param {(line: string) => Record<string, any> | undefined} parse nothing: a line without an event
 * @param {(event?: Record<string, any>) => void} hear called for each line, but not for the event that is the end
 * @returns {Promise<import('./transports.js').TransportEnd>}
 */
export async function readEvents(address, signal, parse, hear) {
	try {
		const response = await fetch(address, { credentials: 'include', cache: 'no-store', signal });

		return await hearEvents(response, parse, hear) ?? endOf(response);
	} catch {
		return { code: LOST, isUncertain: true };
	}
}

/** A server that is away or busy is so by every way; any other refusal may be that of something in between. */
function endOf(response) {
	return {
		code: closeCodeOf[response.status] ?? LOST,
		retryAfter: retryAfterOf(response),
		isUncertain: response.status !== 429 && response.status < 500,
	};
}

async function hearEvents({ ok, body }, parse, hear) {
	if (!ok)
		return undefined;
	for await (const line of linesOf(body)) {
		const event = parse(line);

		if (event?.type === 'close')
			return { code: Number(event.code), reason: String(event.reason ?? '') };
		hear(event);
	}
}

/** The last one too has its end of the line: what is cut off is no line. */
async function* linesOf(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = '';

	try {
		for (let part = await reader.read(); !part.done; part = await reader.read()) {
			const lines = (rest + part.value).split('\n');

			rest = lines.pop() ?? '';
			yield* lines;
		}
	} finally {
		reader.cancel().catch(() => {});
	}
}
