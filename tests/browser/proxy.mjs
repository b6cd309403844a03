// SPDX-License-Identifier: MIT
// A proxy as some networks have it: one that knows no WebSocket, lets a handshake hang, or holds back
// an answer until it is complete. Requests keep their Host, so that a site is the same behind it.

import { once } from 'node:events';
import http from 'node:http';

const HOP_BY_HOP = ['connection', 'upgrade', 'keep-alive', 'transfer-encoding'];

function withoutHops(headers) {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

export class Proxy {
	#server;
	#target;
	/** Addresses of all requests, in order. @type {string[]} */
	asked = [];

	/**
	 * @param {string} target the origin of the site
	 * @param {object} manners
	 * @param {"strip"|"swallow"} manners.upgrade what becomes of a handshake
	 * @param {boolean} [manners.isBuffering] whether an answer is passed on when it is complete
	 * @returns {Promise<Proxy>}
	 */
	static async start(target, { upgrade, isBuffering = false }) {
		const proxy = new Proxy();

		proxy.#target = new URL(target);
		proxy.#server = http.createServer((request, response) => proxy.#pass(request, response, isBuffering));
		if (upgrade === 'swallow') // else it comes as any other request
			proxy.#server.on('upgrade', (request, socket) => {
				proxy.asked.push(request.url);
				socket.on('error', () => {});
			});
		proxy.#server.listen(0, '127.0.0.1');
		await once(proxy.#server, 'listening');
		proxy.origin = `http://127.0.0.1:${proxy.#server.address().port}`;
		return proxy;
	}

	/** Of a page of the site. @param {string} url */
	urlOf(url) {
		return url.replace(this.#target.origin, this.origin);
	}

	stop() {
		this.#server.close();
		this.#server.closeAllConnections();
	}

	#pass(request, response, isBuffering) {
		const { method, url } = request;
		const onward = http.request({
			host: this.#target.hostname, port: this.#target.port, method, path: url, headers: withoutHops(request.headers),
			agent: false,
		});

		this.asked.push(url);
		onward.on('response', (answer) => (isBuffering ? passWhole : passOn)(answer, response));
		onward.on('error', () => response.destroy());
		response.on('close', () => onward.destroy());
		request.pipe(onward);
	}
}

function passOn(answer, response) {
	response.writeHead(answer.statusCode, withoutHops(answer.headers));
	response.flushHeaders();
	answer.pipe(response);
	answer.on('error', () => response.destroy());
}

async function passWhole(answer, response) {
	const parts = await answer.toArray().catch(() => null);

	if (parts === null) {
		response.destroy();
		return;
	}
	response.writeHead(answer.statusCode, withoutHops(answer.headers));
	response.end(Buffer.concat(parts));
}
