// SPDX-License-Identifier: MIT
// The ways to a room without a socket, each by itself: answers by HTTP of the test's own, no browser.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { roomAddress } from '../../web/static/js/address.js';
import { followStream } from '../../web/static/js/event_stream.js';
import { HttpSender } from '../../web/static/js/http_sender.js';
import { HttpTransport } from '../../web/static/js/http_transport.js';
import { followPolls } from '../../web/static/js/long_poll.js';
import { TransportChoice } from '../../web/static/js/transports.js';
import { waitFor } from './stack.mjs';

const realFetch = globalThis.fetch;
const AGAIN = { type: 'close', code: 1000, reason: 'poll again' };
const REAL_END = { type: 'close', code: 4401, reason: 'logged out' };
/** What was asked for, and what is answered to each in turn. */
let asked, answers;

beforeEach(() => {
	[asked, answers] = [[], []];
	globalThis.fetch = async (address, options = {}) => {
		asked.push({ address: String(address), ...options });
		const answer = answers.shift();

		if (answer === undefined)
			throw new TypeError('Failed to fetch');
		return answer;
	};
});

afterEach(() => {
	globalThis.fetch = realFetch;
});

/** @param {(string|Uint8Array)[]} pieces each is read by itself */
function streamOf(...pieces) {
	return new Response(new ReadableStream({
		pull(controller) {
			const piece = pieces.shift();

			if (piece === undefined)
				controller.close();
			else
				controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
		},
	}));
}

function ndjson(...events) {
	return streamOf(...events.map((event) => `${JSON.stringify(event)}\n`));
}

function place(others = {}) {
	return {
		room: 'lobby', url: 'https://chat.example.org/ws/',
		query: (position = {}) => {
			const query = new URLSearchParams({ ...position, as: 'ann' });

			return `?${query}`;
		},
		...others,
	};
}

async function follow(how, others) {
	const heard = [];
	const end = await how(place(others), new AbortController().signal, (event) => heard.push(event));

	return { heard: heard.filter((event) => event !== undefined), signs: heard.length, end };
}

test('the streams of a room are beside its socket', () => {
	const cases = [
		['ws', 'https://chat.example.org/ws/', 'wss://chat.example.org/ws/chat/a%20b/'],
		['sse', 'https://chat.example.org/ws/', 'https://chat.example.org/sse/chat/a%20b/'],
		['poll', 'wss://chat.example.org/ws/', 'https://chat.example.org/poll/chat/a%20b/'],
		['sse', 'ws://[::1]:8001/sockets', 'http://[::1]:8001/sse/chat/a%20b/'],
		['poll', 'http://example.org/rooms/ws/', 'http://example.org/rooms/poll/chat/a%20b/'],
	];

	for (const [way, url, address] of cases)
		assert.equal(roomAddress(way, 'a b', url), address);
});

test('a stream is heard however it is cut, and ended by what it says last', async () => {
	const text = 'retry: 3000\n\nid: e-1\ndata: {"type":"welcome","user":"房"}\n\n:\n\n'
		+ `id: e-2\ndata:{"type":"message","seq":2}\n\ndata: no json\n\n`
		+ `data: ${JSON.stringify(REAL_END)}\n\ndata: {"type":"message","seq":3}\n\n`;
	const bytes = [...new TextEncoder().encode(text)].map((byte) => new Uint8Array([byte]));

	answers = [streamOf(...bytes)];
	const { heard, signs, end } = await follow(followStream);

	assert.deepEqual(heard, [{ type: 'welcome', user: '房' }, { type: 'message', seq: 2 }]);
	assert.ok(signs > heard.length, 'a comment is a sign of life');
	assert.deepEqual(end, { code: 4401, reason: 'logged out' });
	assert.equal(asked[0].address, 'https://chat.example.org/sse/chat/lobby/?as=ann');
	assert.equal(asked[0].credentials, 'include');
});

test('a stream that ends without a word was lost, and what is cut off is no event', async () => {
	answers = [streamOf('data: {"type":"welcome"}\n\ndata: {"type":"message"}')];
	const { heard, end } = await follow(followStream);

	assert.deepEqual(heard, [{ type: 'welcome' }]);
	assert.equal(end.code, 1006);
});

test('a refusal says what a close code would, and whether something on the way may have said it', async () => {
	const cases = [
		[401, {}, { code: 4401, retryAfter: 0, isUncertain: true }],
		[403, {}, { code: 4403, retryAfter: 0, isUncertain: true }],
		[404, {}, { code: 1006, retryAfter: 0, isUncertain: true }],
		[429, { 'Retry-After': '7' }, { code: 4429, retryAfter: 7, isUncertain: false }],
		[502, {}, { code: 1006, retryAfter: 0, isUncertain: false }],
		[503, { 'Retry-After': '5' }, { code: 1006, retryAfter: 5, isUncertain: false }],
	];

	for (const how of [followStream, followPolls])
		for (const [status, headers, expected] of cases) {
			answers = [new Response('data: {"type":"welcome"}\n', { status, headers })];
			const { heard, end } = await follow(how);

			assert.deepEqual(end, expected, `${status}`);
			assert.deepEqual(heard, []);
		}
	const { end } = await follow(followStream);

	assert.deepEqual(end, { code: 1006, isUncertain: true }, 'no answer at all');
});

test('polls are one connection: one welcome, and each goes on where the one before has ended', async () => {
	const welcome = (seq, others) => ({ type: 'welcome', epoch: 'e1', seq, members: ['ann'], members_total: 1, ...others });

	answers = [
		ndjson(welcome(7), AGAIN),
		ndjson(welcome(9, { recovered: true }), { type: 'message', seq: 8 }, { type: 'message', seq: 9 }, AGAIN),
		ndjson(welcome(9, { recovered: true }), { type: 'message', seq: 10 }, AGAIN),
		ndjson(welcome(10, { recovered: true }), REAL_END),
	];
	const { heard, end } = await follow(followPolls);

	assert.deepEqual(heard.map(({ type, seq }) => `${type} ${seq}`), ['welcome 7', 'message 8', 'message 9', 'message 10']);
	assert.deepEqual(end, { code: 4401, reason: 'logged out' });
	assert.deepEqual(asked.map(({ address }) => new URL(address).search), [
		'?as=ann&wait=0', '?epoch=e1&after=7&as=ann&wait=20', '?epoch=e1&after=9&as=ann&wait=20',
		'?epoch=e1&after=10&as=ann&wait=20']);
});

test('a first poll that brings what was missed ends at its head', async () => {
	answers = [
		ndjson({ type: 'welcome', epoch: 'e1', seq: 7, recovered: true }, { type: 'message', seq: 6 },
			{ type: 'message', seq: 7 }, AGAIN),
		ndjson({ type: 'welcome', epoch: 'e1', seq: 7, recovered: true }, REAL_END),
	];
	await follow(followPolls);
	assert.match(asked[1].address, /after=7&/);
});

test('a poll that cannot go on where the last one ended is the end of this connection', async () => {
	answers = [
		ndjson({ type: 'welcome', epoch: 'e1', seq: 7 }, AGAIN),
		ndjson({ type: 'welcome', epoch: 'e2', seq: 2, recovered: false }, { type: 'message', seq: 1 }, AGAIN),
	];
	const { heard, end } = await follow(followPolls);

	assert.deepEqual(heard.map(({ type }) => type), ['welcome']);
	assert.deepEqual(end, { code: 1006 });
});

test('who has come and gone between two polls is told', async () => {
	const welcome = (members, total = members.length, away = undefined) =>
		({ type: 'welcome', epoch: 'e1', seq: 1, recovered: true, members, away, members_total: total });

	answers = [
		ndjson(welcome(['ann', 'bob']), AGAIN),
		ndjson(welcome(['ann', 'bob']), { type: 'presence', joined: ['cy'], left: [], count: 3 }, AGAIN),
		ndjson(welcome(['ann', 'cy', 'di']), AGAIN),
		ndjson(welcome(['ann', 'cy', 'di'], 3, ['cy']), AGAIN),
		ndjson(welcome(['ann', 'cy', 'di'], 3, ['cy']), AGAIN),
		ndjson(welcome(['ann', 'cy', 'di']), AGAIN),
		ndjson(welcome(['ann'], 300), AGAIN),
		ndjson(REAL_END),
	];
	const { heard } = await follow(followPolls);

	assert.deepEqual(heard.slice(1), [
		{ type: 'presence', joined: ['cy'], left: [], count: 3 },
		{ type: 'presence', joined: ['di'], left: ['bob'], count: 3 },
		{ type: 'presence', joined: [], left: [], away: ['cy'], count: 3 },
		{ type: 'presence', joined: [], left: [], back: ['cy'], count: 3 },
		{ type: 'count', count: 300 },
	]);
});

function sender(others) {
	const heard = [], ends = [];

	return { heard, ends, http: new HttpSender(place(others), (event) => heard.push(event), (end) => ends.push(end)) };
}

const json = (object, status = 200, headers = {}) => new Response(JSON.stringify(object), { status, headers });

test('what is posted is answered as on a socket', async () => {
	const cases = [
		[json({ ok: true, seq: 41 }), { type: 'ack', ref: 'r', seq: 41 }],
		[json({ ok: false, error: 'too_long', message: 'Long.' }, 413),
			{ type: 'error', ref: 'r', code: 'too_long', message: 'Long.', retry_after_ms: 0 }],
		[json({ ok: false, error: 'too_fast', message: 'Fast.' }, 429, { 'Retry-After': '3' }),
			{ type: 'error', ref: 'r', code: 'too_fast', message: 'Fast.', retry_after_ms: 3_000 }],
		[json({ ok: false, error: 'unavailable', message: 'Away.' }, 503, { 'Retry-After': '5' }),
			{ type: 'error', ref: 'r', code: 'busy', message: 'Away.', retry_after_ms: 5_000 }],
		[json({ ok: false, error: 'storage', message: 'Full.' }, 503, { 'Retry-After': '5' }),
			{ type: 'error', ref: 'r', code: 'storage', message: 'Full.', retry_after_ms: 5_000 }],
		[json({ ok: false, error: 'slow', message: 'Slow.' }, 429, { 'Retry-After': '9' }),
			{ type: 'error', ref: 'r', code: 'slow', message: 'Slow.', retry_after_ms: 9_000 }],
		[json({ ok: false, error: 'full', message: 'Many.' }, 503, { 'Retry-After': '5' }),
			{ type: 'error', ref: 'r', code: 'full', message: 'Many.', retry_after_ms: 5_000 }],
		[json({ ok: false, error: 'csrf', message: 'Old.' }, 403),
			{ type: 'error', ref: 'r', code: 'csrf', message: 'Old.', retry_after_ms: 0 }],
		[new Response('<h1>Bad gateway</h1>', { status: 502 }),
			{ type: 'error', ref: 'r', code: 'timeout', message: 'No answer came in time.', retry_after_ms: 0 }],
		[undefined, { type: 'error', ref: 'r', code: 'timeout', message: 'No answer came in time.', retry_after_ms: 0 }],
	];

	for (const [answer, expected] of cases) {
		const { heard, http } = sender({ postUrls: { message: 'https://chat.example.org/chat/lobby/' }, csrfToken: 't&1' });

		answers = [answer];
		http.send({ type: 'message', message: 'a+b &ü', ref: 'r' });
		await waitFor(() => heard.length > 0, 'an answer');
		assert.deepEqual(heard, [expected]);
	}
	assert.equal(asked[0].address, 'https://chat.example.org/chat/lobby/');
	assert.equal(asked[0].method, 'POST');
	assert.equal(String(asked[0].body), 'csrf_token=t%261&message=a%2Bb+%26%C3%BC&ref=r');
	assert.equal(asked[0].headers.Accept, 'application/json');
});

test('a login that has ended is no refusal of a message', async () => {
	const { heard, ends, http } = sender({ postUrls: { message: 'https://chat.example.org/chat/lobby/' } });

	answers = [json({ ok: false, error: 'login', message: 'Log in.' }, 401)];
	http.send({ type: 'message', message: 'kept', ref: 'r' });
	await waitFor(() => ends.length > 0, 'the end');
	assert.deepEqual([heard, ends], [[], [{ code: 4401 }]]);
});

test('an order is posted where orders are, without what it does not say, and done without a number', async () => {
	const { heard, http } = sender({ postUrls: { moderate: 'https://chat.example.org/chat/lobby/moderate/' }, csrfToken: 't' });

	answers = [json({ ok: true })];
	http.send({ type: 'moderate', action: 'mute', user: 'bob', seconds: 60, text: undefined, ref: 'r' });
	await waitFor(() => heard.length > 0, 'an answer');
	assert.deepEqual(heard, [{ type: 'done', ref: 'r', seq: undefined }]);
	assert.equal(asked[0].address, 'https://chat.example.org/chat/lobby/moderate/');
	assert.equal(String(asked[0].body), 'csrf_token=t&action=mute&user=bob&seconds=60&ref=r');
});

test('without a place to post to there is only listening, and that is said', () => {
	const { heard, http } = sender({ postUrls: { message: undefined } });

	http.send({ type: 'message', message: 'x', ref: 'r' });
	http.send({ type: 'history', before: 9 });
	http.send({ type: 'members', after: 'm' });
	assert.deepEqual(heard.map(({ type, code }) => [type, code]),
		[['error', 'listen_only'], ['error', 'no_history'], ['members', undefined]]);
	assert.deepEqual(asked, []);
});

test('older messages are asked for by HTTP', async () => {
	const { heard, http } = sender({ historyUrl: 'https://chat.example.org/api/rooms/lobby/messages' });

	answers = [json({ messages: [{ seq: 8 }], more: true, epoch: 'e1' }),
		json({ ok: false, error: 'storage', message: 'No.' }, 503)];
	http.send({ type: 'history', before: 9, limit: 2 });
	await waitFor(() => heard.length === 1, 'an answer');
	http.send({ type: 'history', after: 4 });
	await waitFor(() => heard.length === 2, 'another');
	assert.deepEqual(heard, [{ type: 'history', messages: [{ seq: 8 }], more: true },
		{ type: 'error', code: 'storage', message: 'No.' }]);
	assert.equal(asked[0].address, 'https://chat.example.org/api/rooms/lobby/messages?before=9&limit=2');
});

test('nothing is heard of a transport that was closed', async () => {
	const told = [];
	const listener = { hear: (event) => told.push(event), end: (end) => told.push(end) };
	let answer;

	globalThis.fetch = (_, { signal }) => new Promise((resolve, reject) => {
		answer = () => resolve(streamOf('data: {"type":"welcome"}\n'));
		signal.addEventListener('abort', () => reject(signal.reason));
	});
	const transport = new HttpTransport(place(), listener, followStream);

	await waitFor(() => answer !== undefined, 'it asks');
	assert.equal(transport.ping(), false);
	transport.close();
	answer();
	await new Promise(setImmediate);
	assert.deepEqual(told, []);
});

test('a transport ends when there is no ticket for it', async () => {
	const ends = [];
	const others = { query: async () => { throw new Error('no ticket'); } };

	new HttpTransport(place(others), { hear() {}, end: (end) => ends.push(end) }, followPolls);
	await waitFor(() => ends.length > 0, 'the end');
	assert.deepEqual(ends, [{ code: 1006 }]);
});

const NAMES = ['websocket', 'eventstream', 'longpoll'];

test('a way that comes to nothing leads to the next at once, until there is none', () => {
	const choice = new TransportChoice(NAMES);

	assert.deepEqual([choice.name, choice.goOn(), choice.name, choice.goOn(), choice.name, choice.goOn()],
		['websocket', true, 'eventstream', true, 'longpoll', false]);
	choice.restart();
	assert.equal(choice.name, 'websocket', 'nothing has worked: from the start');
});

test('what has worked is begun with, has three tries, and the best is tried again now and then', () => {
	const choice = new TransportChoice(NAMES);
	const begun = [];

	choice.goOn();
	assert.equal(choice.accept(), true);
	for (let i = 0; i < 5; i++) {
		choice.restart();
		begun.push(choice.name);
	}
	assert.deepEqual(begun, [...Array(4).fill('eventstream'), 'websocket']);
	assert.deepEqual([choice.goOn(), choice.name], [true, 'eventstream'], 'the detour is left at once');
	assert.deepEqual([choice.goOn(), choice.goOn(), choice.goOn(), choice.name], [false, false, true, 'longpoll']);
	choice.forget();
	assert.equal(choice.name, 'websocket', 'in another network');
});

test('what has worked is tried again before a worse one is taken: the server may have been away', () => {
	const choice = new TransportChoice(NAMES);

	choice.accept();
	assert.deepEqual([choice.goOn(), choice.goOn(), choice.goOn(), choice.name], [false, false, true, 'eventstream']);
	assert.equal(choice.accept(), false);
	choice.restart();
	assert.deepEqual([choice.name, choice.welcomeMs], ['websocket', 3_000]);
	assert.deepEqual([choice.goOn(), choice.name, choice.accept()], [true, 'eventstream', true]);
	choice.restart();
	assert.equal(choice.name, 'eventstream');
});

test('a way that is not known to work is not waited for as long as one that is, or the last', () => {
	const choice = new TransportChoice(NAMES);
	const waits = NAMES.map(() => [choice.welcomeMs, choice.goOn()][0]);

	assert.ok(waits[0] + waits[1] <= 5_000 && waits[1] <= 2_000, `${waits}`);
	assert.equal(waits[2], 10_000);
	choice.accept();
	choice.restart();
	assert.equal(choice.welcomeMs, 10_000);
	assert.equal(new TransportChoice(['websocket']).welcomeMs, 10_000);
});
