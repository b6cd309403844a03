// SPDX-License-Identifier: MIT
// Where a room is: its socket, and its streams beside it.

/**
 * @param {"ws"|"sse"|"poll"} way
 * @param {string} room
 * @param {string} url where the sockets are: "" or "/ws/" of this host, or "wss://chat.example.org/ws/"
 * @returns {string}
 */
export function roomAddress(way, room, url) {
	const base = new URL(url || '/ws/', globalThis.location?.href);

	base.protocol = base.protocol.replace(/^(http|ws)/, way === 'ws' ? 'ws' : 'http'); // with its s, or without
	if (!base.pathname.endsWith('/'))
		base.pathname += '/';
	return new URL(`${way === 'ws' ? '' : `../${way}/`}chat/${encodeURIComponent(room)}/`, base).href;
}
