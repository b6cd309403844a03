// SPDX-License-Identifier: MIT
// The client where no socket can be had: which way it takes when, and that nothing else of it knows.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { openSourcePage } from './browser.mjs';
import { installFakeFetch } from './fake_fetch.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
let page;

beforeEach(async () => {
	page = await openSourcePage(browser, stack);
	await page.evaluate(installFakeFetch);
	await page.evaluate(() => {
		globalThis.begin = (options) => open({
			transports: undefined, postUrl: '/chat/lobby/', csrfToken: 'token', historyUrl: '/api/rooms/lobby/messages', ...options,
		});
		globalThis.welcome = { type: 'welcome', epoch: 'e1', seq: 5, user: 'ann', members: ['ann'], members_total: 1 };
		/** Connected by the event stream. */
		globalThis.beginByStream = async (options) => {
			await begin(options);
			sockets[0].lose(1006);
			await until(() => requests.length === 1);
			requests[0].give(welcome);
			await until(() => room.state.state === 'connected');
		};
		globalThis.paths = () => requests.map(({ path }) => path);
	});
});

test('a handshake that is refused leads to the event stream at once, and the state says so', async () => {
	const story = await page.evaluate(async () => {
		await beginByStream();
		requests[0].give({ type: 'message', seq: 6 });
		await until(() => heard.length === 1);
		return { states, state: room.state, heard, paths: paths() };
	});

	assert.deepEqual(story, {
		states: ['connecting', 'connected'], // the first was before anybody listened
		state: { state: 'connected', transport: 'eventstream' }, heard: [6], paths: ['/sse/chat/lobby/'],
	});
});

test('a handshake that hangs and a stream that is held back lead to the long poll within five seconds', async () => {
	await page.evaluate(() => begin());
	await page.clock.runFor(3_000);
	await page.evaluate(async () => {
		await until(() => requests.length === 1);
		requests[0].begin();
		requests[0].comment(); // something on the way that is no welcome
	});
	await page.clock.runFor(2_000);
	const story = await page.evaluate(async () => {
		await until(() => requests.length === 2);
		requests[1].give(welcome, { type: 'close', code: 1000, reason: 'poll again' });
		await until(() => room.state.state === 'connected');
		return { state: room.state, paths: paths(), query: requests[1].query };
	});

	assert.deepEqual(story, { state: { state: 'connected', transport: 'longpoll' },
		paths: ['/sse/chat/lobby/', '/poll/chat/lobby/'], query: '?wait=0' });
	await page.clock.runFor(250);
	assert.equal(await page.evaluate(async () => {
		await until(() => requests.length === 3);
		return requests[2].query;
	}), '?epoch=e1&after=5&wait=20');
});

test('what was tried on a socket is posted with the same ref, and acked once', async () => {
	const story = await page.evaluate(async () => {
		await begin();
		sockets[0].give(welcome);
		const [one, two] = [room.send('one'), room.send('two')];

		for (let i = 0; i < 4; i++) { // a socket that has worked has three tries
			sockets.at(-1).lose(1006);
			if (i < 3)
				room.reconnect();
		}
		await until(() => requests.length === 1);
		requests[0].give(welcome, { type: 'message', seq: 6 });
		await until(() => room.state.state === 'waiting'); // the server is there again: is the socket?
		room.reconnect();
		sockets.at(-1).lose(1006);
		await until(() => requests.length === 2);
		requests[1].give(welcome);
		await until(() => requests.length === 3);
		requests[2].answer(200, { ok: true, seq: 6 });
		const first = await one;

		await until(() => requests.length === 4);
		requests[3].answer(200, { ok: true, seq: 7 });
		return {
			first, second: await two, refs: [one.ref, two.ref], onSocket: sockets[0].sent.map(({ ref }) => ref),
			heard, posted: requests.slice(2).map(({ path, fields }) => [path, fields]), query: requests[1].query,
		};
	});

	assert.deepEqual(story.posted, [
		['/chat/lobby/', { csrf_token: 'token', message: 'one', ref: story.refs[0] }],
		['/chat/lobby/', { csrf_token: 'token', message: 'two', ref: story.refs[1] }]]);
	assert.deepEqual(story.onSocket, story.refs.slice(0, 1));
	assert.deepEqual([story.first, story.second], [{ seq: 6 }, { seq: 7 }]);
	assert.equal(story.query, '?epoch=e1&after=5');
	assert.deepEqual(story.heard, [], 'what was left unheard comes again');
});

test('Retry-After is waited for, whatever the pause would be', async () => {
	const posted = () => page.evaluate(() => paths().filter((path) => path === '/chat/lobby/').length);

	await page.evaluate(async () => {
		await beginByStream();
		room.send('patient');
		await until(() => requests.length === 2);
		requests[1].answer(429, { ok: false, error: 'too_fast', message: 'Slowly.' }, { 'Retry-After': '9' });
		await new Promise((resolve) => room.on('error', resolve));
	});
	await page.clock.runFor(8_900);
	assert.equal(await posted(), 1);
	await page.clock.runFor(200);
	assert.equal(await posted(), 2);
	assert.equal(await page.evaluate(() => requests[1].fields.ref === requests[2].fields.ref), true);
});

test('in a slow room nothing is sent again by itself, and who writes is told for how long', async () => {
	const told = await page.evaluate(async () => {
		await beginByStream();
		const answer = room.send('hasty').then(() => 'said', ({ code }) => code);
		const error = new Promise((resolve) => room.on('error', resolve));

		await until(() => requests.length === 2);
		requests[1].answer(429, { ok: false, error: 'slow', message: 'Slowly.' }, { 'Retry-After': '9' });
		return [await answer, (await error).retry_after_ms];
	});

	assert.deepEqual(told, ['slow', 9_000]);
	await page.clock.runFor(60_000);
	assert.equal(await page.evaluate(() => paths().filter((path) => path === '/chat/lobby/').length), 1);
});

for (const code of ['stopping', 'timeout', 'unavailable', 'unreadable'])
	test(`what was answered "${code}" is sent again`, async () => {
		await page.evaluate(async (code) => {
			await beginByStream();
			room.send('patient');
			await until(() => requests.length === 2);
			requests[1].answer(503, { ok: false, error: code, message: 'Later.' });
			await new Promise((resolve) => room.on('error', resolve));
		}, code);
		await page.clock.runFor(10_000);
		assert.equal(await page.evaluate(() => requests[1].fields.ref === requests[2].fields.ref), true);
	});

test('an order that was refused is refused for its own reason', async () => {
	const outcome = await page.evaluate(async () => {
		await beginByStream({ moderateUrl: '/chat/lobby/moderate/' });
		const answer = room.moderate({ action: 'ban', user: 'bob' }).catch(({ code }) => code);

		await until(() => requests.length === 2);
		requests[1].answer(503, { ok: false, error: 'full', message: 'A thousand.' });
		return answer;
	});

	assert.equal(outcome, 'full');
});

test('history is asked for by HTTP, and people are those of the welcome', async () => {
	const story = await page.evaluate(async () => {
		await beginByStream();
		const told = [];

		room.on('members', ({ members, more }) => told.push([members, more]));
		room.askMembers('m');
		const history = room.history({ before: 5, limit: 2 });

		await until(() => requests.length === 2);
		requests[1].answer(200, { messages: [{ seq: 3 }, { seq: 4 }], more: true });
		return { told, history: await history, query: requests[1].query };
	});

	assert.deepEqual(story, { told: [[[], false]], history: { messages: [{ seq: 3 }, { seq: 4 }], more: true },
		query: '?before=5&limit=2' });
});

test('where nothing can be posted, saying something is refused with a reason', async () => {
	assert.equal(await page.evaluate(async () => {
		await beginByStream({ postUrl: undefined });
		return room.send('x').catch(({ code }) => code);
	}), 'listen_only');
});

test('a real refusal ends it, after every way was tried once', async () => {
	const story = await page.evaluate(async () => {
		await begin();
		sockets[0].lose(1006);
		for (let i = 0; i < 2; i++) {
			await until(() => requests.length === i + 1);
			requests[i].answer(401, {});
		}
		await until(() => room.state.state === 'closed');
		return { state: room.state, sockets: sockets.length, paths: paths() };
	});

	assert.deepEqual(story, { state: { state: 'closed', code: 4401, reason: 'login_ended' }, sockets: 1,
		paths: ['/sse/chat/lobby/', '/poll/chat/lobby/'] });
	await page.clock.runFor(120_000);
	assert.deepEqual(await page.evaluate(() => [sockets.length, requests.length]), [1, 2]);
});

test('too many connections, or a server that is away: there is a wait, and then the socket again', async () => {
	for (const [status, reason, least] of [[429, 'too_fast', 17_000], [502, 'lost', 7_500]]) {
		const wait = await page.evaluate(async ([status, reason]) => {
			globalThis.requests.length = 0;
			globalThis.sockets.length = 0;
			await begin();
			sockets[0].lose(1006);
			await until(() => requests.length === 1);
			requests[0].answer(status, {}, { 'Retry-After': '7' });
			await until(() => room.state.state === 'waiting' && room.state.reason === reason);
			return room.state.retryAt - Date.now();
		}, [status, reason]);

		assert.ok(wait >= least, `${status}: ${wait}`);
		await page.clock.runFor(wait);
		assert.deepEqual(await page.evaluate(() => [sockets.length, requests.length]), [2, 1]);
		await page.evaluate(() => room.close());
	}
});

test('a lost stream begins again as a stream, and in another network as a socket', async () => {
	const story = await page.evaluate(async () => {
		await beginByStream();
		requests[0].give({ type: 'bye', code: 1012, retry_after: 3 }, { type: 'close', code: 1012, reason: '' });
		await until(() => room.state.state === 'waiting');
		const { reason, retryAt } = room.state;

		room.reconnect();
		await until(() => requests.length === 2);
		requests[1].give({ ...welcome, recovered: true });
		await until(() => room.state.state === 'connected');
		const before = sockets.length;

		dispatchEvent(new Event('online'));
		sockets[1].give({ ...welcome, recovered: true });
		return { reason, wait: retryAt - Date.now(), before, query: requests[1].query, state: room.state };
	});

	assert.equal(story.reason, 'service_restart');
	assert.ok(story.wait >= 3_500, `${story.wait}`);
	assert.equal(story.before, 1);
	assert.equal(story.query, '?epoch=e1&after=5');
	assert.deepEqual(story.state, { state: 'connected', transport: 'websocket' });
});

test('a stream that says nothing for a minute was lost, and a comment is a word', async () => {
	await page.evaluate(() => beginByStream());
	await page.clock.runFor(50_000);
	await page.evaluate(async () => {
		requests[0].comment();
		requests[0].give({ type: 'message', seq: 6 });
		await until(() => heard.length === 1); // so the comment has come too
		document.dispatchEvent(new Event('visibilitychange')); // nothing can be asked: it goes on
	});
	await page.clock.runFor(59_000);
	assert.equal(await page.evaluate(() => room.state.state), 'connected');
	await page.clock.runFor(1_000);
	assert.equal(await page.evaluate(() => room.state.state), 'waiting');
});

test('a stream that is dead is not alive because messages are posted beside it', async () => {
	await page.evaluate(() => beginByStream());
	await page.clock.runFor(50_000);
	await page.evaluate(async () => {
		const sent = room.send('is anybody there?');

		await until(() => requests.length === 2);
		requests[1].answer(200, { ok: true, seq: 6 });
		await sent;
	});
	await page.clock.runFor(10_000);
	assert.equal(await page.evaluate(() => room.state.state), 'waiting');
});

test('a ticket is got for each connection', async () => {
	const story = await page.evaluate(async () => {
		let number = 0;

		await begin({ ticket: async () => `t${++number}` });
		await until(() => sockets.length === 1);
		sockets[0].lose(1006);
		await until(() => requests.length === 1);
		requests[0].give(welcome);
		await until(() => room.state.state === 'connected');
		return [sockets[0].url, requests[0].query];
	});

	assert.match(story[0], /\?ticket=t1$/);
	assert.equal(story[1], '?ticket=t2');
});

test('without a ticket it tries again, however that is said', async () => {
	await page.evaluate(async () => {
		const fail = () => {
			throw new Error('no ticket');
		};

		for (const ticket of [fail, async () => fail()]) {
			await begin({ ticket });
			await until(() => room.state.state === 'waiting');
		}
	});
});

test('a ticket that is refused is followed by another, a few times', async () => {
	await page.evaluate(() => begin({ transports: ['websocket'], ticket: () => 'again' }));
	for (let i = 1; i <= 5; i++) {
		await page.evaluate(async () => {
			await until(() => sockets.at(-1).readyState === 1);
			sockets.at(-1).lose(4401);
		});
		assert.equal(await page.evaluate(() => room.state.state), 'waiting', `${i}`);
		await page.evaluate(async () => {
			room.reconnect();
			await until(() => sockets.at(-1).readyState === 1);
		});
	}
	assert.deepEqual(await page.evaluate(() => {
		sockets.at(-1).lose(4401);
		return [sockets.length, room.state.state, room.state.reason];
	}), [6, 'closed', 'login_ended']);
});

test('polls that are cut off say so once, and that it is over when one does not', async () => {
	await page.evaluate(async () => {
		await begin({ transports: ['longpoll'] });
		globalThis.told = [];
		for (const type of ['unavailable', 'available'])
			room.on(type, () => told.push(type));
		await until(() => requests.length === 1);
		requests[0].give({ ...welcome, recovered: true }, { type: 'error', code: 'unavailable', message: 'Alone.' },
			{ type: 'close', code: 1000, reason: 'poll again' });
		await until(() => told.length === 1);
	});
	await page.clock.runFor(250);
	await page.evaluate(async () => {
		await until(() => requests.length === 2);
		requests[1].give({ ...welcome, recovered: true }, { type: 'error', code: 'unavailable', message: 'Alone.' },
			{ type: 'epoch', epoch: 'e2', seq: 0 }, { type: 'close', code: 1000, reason: 'poll again' });
	});
	await page.clock.runFor(250);
	const story = await page.evaluate(async () => {
		await until(() => requests.length === 3);
		const before = [...told];

		requests[2].give({ ...welcome, epoch: 'e2', recovered: true }, { type: 'close', code: 1000, reason: 'poll again' });
		await until(() => told.length === 2);
		return { before, told, query: requests[2].query };
	});

	assert.deepEqual(story, {
		before: ['unavailable'], told: ['unavailable', 'available'], query: '?epoch=e2&after=0&wait=20',
	});
});
