// SPDX-License-Identifier: MIT
// A WebSocket of the test's own for the client library, which runs in a page. What is here runs in
// that page and can use nothing of this file.

/** Makes sockets that the test opens, feeds and closes, and whose sent objects it reads. */
export function installFakeSocket() {
	globalThis.sockets = [];
	globalThis.WebSocket = class {
		static OPEN = 1;
		readyState = 1;
		sent = [];
		constructor(url, protocol) {
			Object.assign(this, { url, protocol });
			sockets.push(this);
		}
		send(text) {
			this.sent.push(JSON.parse(text));
		}
		close() {
			this.readyState = 3;
		}
		give(object) {
			this.onmessage?.({ data: JSON.stringify(object) });
		}
		lose(code, reason = '') {
			this.readyState = 3;
			this.onclose?.({ code, reason });
		}
	};
	/** Until what was promised has been told. */
	globalThis.settle = async () => {
		for (let i = 0; i < 20; i++)
			await null;
	};
	globalThis.open = async (options) => {
		const { connect } = await import('/source/roomwire.js');

		globalThis.states = [];
		globalThis.heard = [];
		globalThis.room = connect({ room: 'lobby', transports: ['websocket'], ...options });
		room.on('state', ({ state }) => states.push(state));
		room.on('message', ({ seq }) => heard.push(seq));
		room.on('reset', () => heard.push('reset'));
	};
}
