// SPDX-License-Identifier: MIT
// The modules of the client, each by itself: in a page, since that is where they live, with a
// WebSocket and a clock of the test's own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { beforeEach, test } from 'node:test';

import { openSourcePage } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
let page;

beforeEach(async () => {
	page = await openSourcePage(browser, stack);
});

test('close codes lead back or not as the manual says', async () => {
	const manual = await readFile(new URL('../../broker/roomwire-protocol.7', import.meta.url), 'utf8');
	const header = await readFile(new URL('../../broker/ws/close.h', import.meta.url), 'utf8');
	const section = manual.split('.Sh CLOSE CODES\n')[1].split('\n.Sh ')[0];
	const documented = new Map([...section.matchAll(/^\.It (\d[\d, ]*) Ta (\w+) Ta /gm)]
		.flatMap(([, codes, answer]) => codes.split(', ').map((code) => [Number(code), answer])));
	const ways = { no: 'never', yes: 'soon', slowly: 'slowly', once: 'once' };

	for (const [, code] of header.matchAll(/CLOSE_\w+ = (\d+)/g))
		assert.ok(documented.has(Number(code)), `the broker's ${code} is explained`);
	assert.ok(documented.size >= 15);
	const found = await page.evaluate(async (codes) => {
		const { findCloseCode } = await import('/source/close_codes.js');

		return codes.map((code) => findCloseCode({ code }));
	}, [...documented.keys()]);

	for (const [i, [code, answer]] of [...documented].entries()) {
		assert.notEqual(found[i].name, 'unknown', `code ${code}`);
		assert.equal(found[i].comeBack, ways[answer], `code ${code}`);
	}
});

test('delays grow with full jitter within their bounds', async () => {
	const delays = await page.evaluate(async () => {
		const { reconnectDelay } = await import('/source/close_codes.js');

		return {
			least: [0, 1, 50].map((attempt) => reconnectDelay(attempt, 'soon', 0, () => 0)),
			most: [0, 1, 2, 50].map((attempt) => reconnectDelay(attempt, 'soon', 0, () => 1)),
			slow: reconnectDelay(0, 'slowly', 0, () => 0),
			once: [0, 50].map((attempt) => reconnectDelay(attempt, 'once', 0, () => 1)),
			asked: reconnectDelay(0, 'soon', 7, () => 0),
		};
	});

	assert.deepEqual(delays, { least: [500, 500, 500], most: [1000, 2000, 4000, 20000], slow: 10000,
		once: [200, 20000], asked: 7500 });
});

test('names become initials and texts never become "undefined"', async () => {
	const shown = await page.evaluate(async () => {
		const { initials, textOf, textsOf, parseTime } = await import('/source/format.js');

		return {
			initials: ['ann', 'Carla Mendes', 'guest-09af', '李雷', '👩‍👩‍👧 family', '…', ''].map(initials),
			texts: [undefined, null, 7, {}, 'x'].map(textOf),
			lists: [undefined, 'x', ['a', null, 'b']].map(textsOf),
			isNow: Math.abs(parseTime('yesterday') - Date.now()) < 1000,
		};
	});

	assert.deepEqual(shown.initials, ['A', 'CM', 'G0', '李', '👩‍👩‍👧', '·', '·']);
	assert.deepEqual(shown.texts, ['', '', '', '', 'x']);
	assert.deepEqual(shown.lists, [[], [], ['a', 'b']]);
	assert.equal(shown.isNow, true);
});

test('the socket is found from the room and the setting', async () => {
	const urls = await page.evaluate(async () => {
		await open({ room: 'a b/房?#%' });
		await open({ url: 'wss://chat.example.org/sockets' });
		await open({ url: '/ws/' });
		return sockets.map(({ url, protocol }) => [url, protocol]);
	});
	const origin = stack.origin.replace('http', 'ws');

	assert.deepEqual(urls, [
		[`${origin}/ws/chat/a%20b%2F%E6%88%BF%3F%23%25/`, 'roomwire.v1'],
		['wss://chat.example.org/sockets/chat/lobby/', 'roomwire.v1'],
		[`${origin}/ws/chat/lobby/`, 'roomwire.v1']]);
});

test('messages go one by one, and again with their ref after a lost connection', async () => {
	const refs = await page.evaluate(async () => {
		await open();
		room.send('one');
		room.send('two');
		const beforeWelcome = sockets[0].sent.length;

		sockets[0].give({ type: 'welcome' });
		sockets[0].lose(1006);
		room.reconnect();
		sockets[1].give({ type: 'welcome' });
		sockets[1].give({ type: 'ack', ref: sockets[1].sent[0].ref, seq: 5 });
		return { beforeWelcome, first: sockets[0].sent, second: sockets[1].sent };
	});

	assert.equal(refs.beforeWelcome, 0);
	assert.deepEqual(refs.first.map(({ message }) => message), ['one']);
	assert.deepEqual(refs.second.map(({ message }) => message), ['one', 'two']);
	assert.equal(refs.first[0].ref, refs.second[0].ref);
	assert.notEqual(refs.second[0].ref, refs.second[1].ref);
});

test('an ack resolves, and an error without a ref refuses the message under way', async () => {
	const answers = await page.evaluate(async () => {
		await open({ messageBytes: 200 });
		sockets[0].give({ type: 'welcome' });
		const outcomes = ['one', 'two', 'x'.repeat(200)].map((text) =>
			room.send(text).then(({ seq }) => seq, ({ code, message }) => `${code}: ${message}`));

		sockets[0].give({ type: 'ack', ref: sockets[0].sent[0].ref, seq: 41 });
		sockets[0].give({ type: 'error', code: 'forbidden', message: 'Not you.' });
		return Promise.all(outcomes);
	});

	assert.deepEqual(answers, [41, 'forbidden: Not you.', 'too_long: This message is too long.']);
});

test('an order is answered by its ref, beside the message under way', async () => {
	const story = await page.evaluate(async () => {
		await open();
		const early = await room.moderate({ action: 'kick', user: 'bob' }).catch(({ code }) => code);

		sockets[0].give({ type: 'welcome' });
		const said = room.send('hello').then(({ seq }) => seq);
		const outcomes = ['mute', 'ban', 'kick'].map((action) =>
			room.moderate({ action, user: 'bob' }).then(() => 'done', ({ code }) => code));
		const [message, ...orders] = sockets[0].sent;

		sockets[0].give({ type: 'error', ref: orders[1].ref, code: 'too_fast', message: 'Too fast.' });
		sockets[0].give({ type: 'done', ref: orders[0].ref });
		sockets[0].give({ type: 'ack', ref: message.ref, seq: 3 });
		sockets[0].lose(1006);
		return { early, orders, outcomes: await Promise.all(outcomes), said: await said };
	});

	assert.equal(story.early, 'closed');
	assert.deepEqual(story.orders.map(({ ref, ...order }) => order),
		['mute', 'ban', 'kick'].map((action) => ({ type: 'moderate', action, user: 'bob' })));
	assert.deepEqual(story.outcomes, ['done', 'too_fast', 'closed']);
	assert.equal(story.said, 3);
});

test('an order that nobody answers is given up, and so is one too many', async () => {
	await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome' });
		globalThis.codes = [];
		for (let i = 0; i < 51; i++)
			room.moderate({ action: 'lock' }).catch(({ code }) => codes.push(code));
		await settle();
	});
	assert.deepEqual(await page.evaluate(() => codes), ['too_fast']);
	await page.clock.fastForward(10_000);
	assert.deepEqual(await page.evaluate(async () => [codes.length, codes.at(-1)]), [51, 'timeout']);
});

test('what is no event of the protocol is passed over', async () => {
	const heard = await page.evaluate(async () => {
		const messages = [];

		await open();
		room.on('message', (detail) => messages.push(detail.message));
		sockets[0].give({ type: 'welcome' });
		for (const data of ['no json', 'null', '[]', '7', '{}', '{"type": 7}', '{"type": "state"}'])
			sockets[0].onmessage({ data });
		sockets[0].give({ type: 'message', message: 'heard' });
		return { messages, state: room.state.state };
	});

	assert.deepEqual(heard, { messages: ['heard'], state: 'connected' });
});

test('who types is told every three seconds, and anew behind a message', async () => {
	await page.evaluate(async () => {
		await open();
		room.typing(); // to nobody
		sockets[0].give({ type: 'welcome' });
		room.on('typing', ({ users }) => (globalThis.typists = users));
		sockets[0].give({ type: 'typing', users: ['ann'] });
		room.typing();
		room.typing();
	});
	const sent = () => page.evaluate(() => sockets[0].sent.map(({ type }) => type));

	assert.deepEqual(await page.evaluate(() => globalThis.typists), ['ann']);
	assert.deepEqual(await sent(), ['typing']);
	await page.clock.fastForward(3_000);
	await page.evaluate(() => room.typing());
	assert.deepEqual(await sent(), ['typing', 'typing']);
	await page.evaluate(() => {
		room.send('hello');
		room.typing();
	});
	assert.deepEqual(await sent(), ['typing', 'typing', 'message', 'typing']);
});

test('a silent connection is asked, and counts as lost without an answer', async () => {
	await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome' });
	});
	await page.clock.fastForward(25_000);
	assert.deepEqual(await page.evaluate(() => sockets[0].sent), [{ type: 'ping' }]);
	await page.evaluate(() => sockets[0].give({ type: 'pong' }));
	await page.clock.fastForward(24_000);
	assert.equal(await page.evaluate(() => room.state.state), 'connected');
	await page.clock.fastForward(1_000);
	await page.clock.fastForward(10_000);
	assert.equal(await page.evaluate(() => room.state.state), 'waiting');
	await page.clock.fastForward(20_000);
	assert.equal(await page.evaluate(() => sockets.length), 2);
});

test('it comes back when the server or the network says so, and not after a refusal', async () => {
	const story = await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome' });
		sockets[0].give({ type: 'bye', code: 1012, retry_after: 9 });
		sockets[0].lose(1012);
		const wait = room.state.retryAt - Date.now();

		dispatchEvent(new Event('online'));
		const afterOnline = sockets.length;

		sockets[1].give({ type: 'welcome' });
		sockets[1].lose(4403, 'banned');
		dispatchEvent(new Event('online'));
		const said = await room.send('x').catch(({ code }) => code);

		return { wait, afterOnline, sockets: sockets.length, state: room.state, said };
	});

	assert.ok(story.wait > 9000 && story.wait <= 10_000, `${story.wait}`);
	assert.equal(story.afterOnline, 2);
	assert.equal(story.sockets, 2);
	assert.deepEqual(story.state, { state: 'closed', code: 4403, reason: 'banned' });
	assert.equal(story.said, 'closed');
});

test('a login that ended brings it back once, and again only where it is welcome', async () => {
	await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome' });
		sockets[0].lose(4401);
	});
	await page.clock.fastForward(200);
	const first = await page.evaluate(() => {
		sockets[1].give({ type: 'welcome' }); // the same person, logged in anew
		sockets[1].lose(4401);
		return sockets.length;
	});

	await page.clock.fastForward(400);
	const story = await page.evaluate(async () => {
		const said = room.send('kept').catch(({ code }) => code);

		sockets[2].lose(4401);
		dispatchEvent(new Event('online'));
		return { sockets: sockets.length, state: room.state, said: await said };
	});

	assert.equal(first, 2);
	assert.deepEqual(story, { sockets: 3, state: { state: 'closed', code: 4401, reason: 'login_ended' }, said: 'closed' });
});

test('why no connection is let in is asked after some tries, and at once when a login ended', async () => {
	await page.evaluate(async () => {
		globalThis.asked = 0;
		globalThis.answer = undefined;
		await open({ explain: async () => (asked++, answer) });
	});
	const loseOne = () => page.evaluate(async () => {
		sockets.at(-1).lose(1006);
		await settle();
		return [asked, room.state.state];
	});
	const tries = [];

	for (let i = 0; i < 6; i++) {
		tries.push(await loseOne());
		await page.evaluate(() => room.reconnect());
	}
	assert.deepEqual(tries.map(([asked]) => asked), [0, 0, 1, 1, 1, 2], 'nobody knows: it goes on');
	assert.ok(tries.every(([, state]) => state === 'waiting'));

	await page.evaluate(() => {
		sockets.at(-1).give({ type: 'welcome' });
		sockets.at(-1).lose(4401);
		answer = { code: 4401 };
		room.reconnect();
	});
	assert.deepEqual(await loseOne(), [3, 'closed']);
	assert.deepEqual(await page.evaluate(() => room.state), { state: 'closed', code: 4401, reason: 'login_ended' });
});

test('a server that is cut off is believed: what it does not take goes again when it is not', async () => {
	const story = await page.evaluate(async () => {
		await open();
		const told = [];

		for (const type of ['unavailable', 'available', 'error'])
			room.on(type, ({ ref }) => told.push(ref === undefined ? type : `${type} of a message`));
		sockets[0].give({ type: 'welcome' });
		sockets[0].give({ type: 'error', code: 'unavailable', message: 'Alone.' });
		const answer = room.send('one');

		sockets[0].give({ type: 'error', code: 'unavailable', message: 'Alone.', ref: answer.ref });
		room.send('two');
		const before = sockets[0].sent.length;

		sockets[0].give({ type: 'available' });
		sockets[0].give({ type: 'ack', ref: answer.ref, seq: 1 });
		return { told, before, sent: sockets[0].sent.map(({ message }) => message), seq: (await answer).seq };
	});

	assert.deepEqual(story, {
		told: ['unavailable', 'error of a message', 'available'], before: 1, sent: ['one', 'one', 'two'], seq: 1,
	});
});

test('what is not taken is tried again by itself, should nobody say that it is over', async () => {
	await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome' });
		sockets[0].give({ type: 'error', code: 'unavailable', message: 'Alone.', ref: room.send('one').ref });
	});
	await page.clock.runFor(3_000);
	assert.equal(await page.evaluate(() => sockets[0].sent.length), 2);
});

test('numbers that begin anew are followed from where they begin', async () => {
	const story = await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome', epoch: 'a', seq: 7 });
		sockets[0].give({ type: 'message', seq: 8 });
		sockets[0].give({ type: 'message', seq: 11 }); // held until what is missing has come
		sockets[0].give({ type: 'epoch', epoch: 'b', seq: 2 });
		for (const seq of [3, 3, 4])
			sockets[0].give({ type: 'message', seq });
		sockets[0].lose(1006);
		room.reconnect();
		return { heard, url: new URL(sockets[1].url).search };
	});

	assert.deepEqual(story, { heard: [8, 3, 4], url: '?epoch=b&after=4' });
});
