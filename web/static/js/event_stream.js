// SPDX-License-Identifier: MIT
// Follows a room by an event stream: one answer that does not end.

import { roomAddress } from './address.js';
import { parseEvent } from './event.js';
import { readEvents } from './http_events.js';

const DATA = 'data:';

/** @type {import('./http_transport.js').Follow} */
export async function followStream({ room, url, query }, signal, hear) {
	const address = roomAddress('sse', room, url) + await query();

	return readEvents(address, signal, parseLine, hear);
}

/** Our streams have each event on one line; the others are comments and numbers. */
function parseLine(line) {
	return line.startsWith(DATA) ? parseEvent(line.slice(DATA.length)) : undefined;
}
