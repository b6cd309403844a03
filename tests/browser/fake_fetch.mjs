// SPDX-License-Identifier: MIT
// Answers by HTTP of the test's own for the client library, which runs in a page: as fake_socket.mjs,
// beside which it is installed.

/** Collects requests, which the test answers as and when it likes. */
export function installFakeFetch() {
	globalThis.requests = [];
	globalThis.fetch = (address, options = {}) => new Promise((resolve, reject) => {
		const body = new TransformStream();
		const response = new Response(body.readable);
		const writer = body.writable.getWriter();
		const write = (text) => writer.write(new TextEncoder().encode(text)).catch(() => {});
		const fields = Object.fromEntries(options.body ?? []);

		options.signal?.addEventListener('abort', () => {
			reject(options.signal.reason);
			writer.abort(options.signal.reason).catch(() => {});
		});
		requests.push({
			path: new URL(address, location.href).pathname, query: new URL(address, location.href).search, fields,
			begin: () => resolve(response),
			/** Objects of a stream, or of a poll. */
			give(...objects) {
				const isStream = this.path.startsWith('/sse/');

				this.begin();
				for (const object of objects)
					write(isStream ? `data: ${JSON.stringify(object)}\n\n` : `${JSON.stringify(object)}\n`);
			},
			comment: () => write(':\n\n'),
			answer: (status, object, headers = {}) => resolve(new Response(JSON.stringify(object), { status, headers })),
		});
	});
	/** Until it is so. */
	globalThis.until = async (condition) => {
		for (let i = 0; i < 10_000; i++) {
			if (condition())
				return true;
			await new Promise((resolve) => {
				const channel = new MessageChannel(); // a turn of the page, whose clock stands still

				channel.port1.onmessage = resolve;
				channel.port2.postMessage(0);
			});
		}
		throw new Error(`never: ${condition}`);
	};
}
