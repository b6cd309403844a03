// SPDX-License-Identifier: MIT
// The client's promise: messages are told in order and each once, whatever the connection does, and
// what is to be sent outlives the page.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { newPerson, serveSources } from './browser.mjs';
import { installFakeSocket } from './fake_socket.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
let page;

beforeEach(async () => {
	page = await newPerson(browser);
	await enter(page);
});

async function enter(tab) {
	await serveSources(tab);
	await tab.goto(stack.url);
	await tab.clock.install();
	await tab.evaluate(installFakeSocket);
}

test('it comes back with the epoch and the last number that it has seen', async () => {
	const urls = await page.evaluate(async () => {
		await open({ epoch: 'e/1', seq: 7 });
		sockets[0].give({ type: 'welcome', epoch: 'e/1', seq: 9, recovered: true });
		sockets[0].give({ type: 'message', seq: 8, message: 'a' });
		sockets[0].give({ type: 'message', seq: 9, message: 'b' });
		sockets[0].lose(1006);
		room.reconnect();
		return sockets.map(({ url }) => new URL(url).search);
	});

	assert.deepEqual(urls, ['?epoch=e%2F1&after=7', '?epoch=e%2F1&after=9']);
});

test('it says each time whose page it is', async () => {
	const urls = await page.evaluate(async () => {
		await open({ identity: 'ann+s-tag' });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 3 });
		sockets[0].lose(1006);
		room.reconnect();
		return sockets.map(({ url }) => new URL(url).search);
	});

	assert.deepEqual(urls, ['?as=ann%2Bs-tag', '?epoch=e1&after=3&as=ann%2Bs-tag']);
});

test('a first connection asks for nothing, and later ones go on from its welcome', async () => {
	const story = await page.evaluate(async () => {
		await open();
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 40, recovered: false });
		sockets[0].give({ type: 'message', seq: 41 });
		sockets[0].lose(1006);
		room.reconnect();
		return { urls: sockets.map(({ url }) => new URL(url).search), heard };
	});

	assert.deepEqual(story, { urls: ['', '?epoch=e1&after=41'], heard: [41] });
});

test('what was seen already is dropped', async () => {
	const heard = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 3 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 5, recovered: true });
		for (const seq of [2, 3, 4, 4, 5, 3, 6])
			sockets[0].give({ type: 'message', seq });
		return globalThis.heard;
	});

	assert.deepEqual(heard, [4, 5, 6]);
});

test('what is missing is asked for, and told before what comes behind it', async () => {
	const story = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 1 });
		const [socket] = sockets;

		socket.give({ type: 'welcome', epoch: 'e1', seq: 1, recovered: true });
		socket.give({ type: 'message', seq: 2 });
		socket.give({ type: 'message', seq: 6 });
		socket.give({ type: 'message', seq: 7 });
		socket.give({ type: 'history', messages: [{ seq: 3 }, { seq: 4 }], more: true });
		await settle();
		socket.give({ type: 'message', seq: 8 });
		socket.give({ type: 'history', messages: [{ seq: 5 }, { seq: 6 }, { seq: 7 }], more: false });
		await settle();
		socket.give({ type: 'message', seq: 9 });
		return { heard, sent: socket.sent };
	});

	assert.deepEqual(story.heard, [2, 3, 4, 5, 6, 7, 8, 9]);
	assert.deepEqual(story.sent, [
		{ type: 'history', after: 2, limit: 500 }, { type: 'history', after: 4, limit: 500 }]);
});

test('a gap that cannot be filled now is where the next connection begins', async () => {
	const story = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 1 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 1, recovered: true });
		sockets[0].give({ type: 'message', seq: 5 });
		sockets[0].give({ type: 'error', code: 'busy', message: 'Later.' });
		await settle();
		room.reconnect();
		return { heard, url: sockets[1].url };
	});

	assert.deepEqual(story.heard, []);
	assert.match(story.url, /after=1$/);
});

test('where no history is kept, or only a part of it, what is there is told', async () => {
	const story = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 1 });
		const [socket] = sockets;

		socket.give({ type: 'welcome', epoch: 'e1', seq: 1, recovered: true });
		socket.give({ type: 'message', seq: 5 });
		socket.give({ type: 'history', messages: [{ seq: 4 }], more: false });
		await settle();
		socket.give({ type: 'message', seq: 9 });
		socket.give({ type: 'message', seq: 10 });
		socket.give({ type: 'error', code: 'no_history', message: 'None.' });
		await settle();
		socket.give({ type: 'message', seq: 20 });
		return { heard, asked: socket.sent.length };
	});

	assert.deepEqual(story, { heard: [4, 5, 9, 10, 20], asked: 2 });
});

test('a room that did not recover begins anew with its last messages', async () => {
	const story = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 4 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 900, recovered: false });
		sockets[0].lose(1006); // before any of them: the next connection must ask the same
		room.reconnect();
		sockets[1].give({ type: 'welcome', epoch: 'e2', seq: 901, recovered: false });
		sockets[1].give({ type: 'message', seq: 900 });
		sockets[1].give({ type: 'message', seq: 901 });
		sockets[1].give({ type: 'message', seq: 902 });
		sockets[1].lose(1006);
		room.reconnect();
		return { heard, urls: sockets.map(({ url }) => new URL(url).search) };
	});

	assert.deepEqual(story.heard, ['reset', 900, 901, 902]);
	assert.deepEqual(story.urls, ['?epoch=e1&after=4', '?epoch=e1&after=4', '?epoch=e2&after=902']);
});

test('without history a room that begins anew goes on with what comes', async () => {
	const heard = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 4 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 9, recovered: false });
		sockets[0].give({ type: 'message', seq: 10 });
		sockets[0].give({ type: 'error', code: 'no_history', message: 'None.' });
		await settle();
		return globalThis.heard;
	});

	assert.deepEqual(heard, [10]);
});

test('a room whose last messages could not be told is asked for what is missing', async () => {
	const story = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 4 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 6, recovered: false });
		sockets[0].give({ type: 'message', seq: 7 });
		sockets[0].give({ type: 'history', messages: [{ seq: 5 }, { seq: 6 }], more: true });
		await settle();
		return { heard, asked: sockets[0].sent };
	});

	assert.deepEqual(story.heard, [5, 6, 7]);
	assert.deepEqual(story.asked, [{ type: 'history', after: 4, limit: 500 }]);
});

test('where the room forgot what is missing, what is left of it begins anew', async () => {
	const heard = await page.evaluate(async () => {
		await open({ epoch: 'e1', seq: 4 });
		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 60, recovered: false });
		sockets[0].give({ type: 'message', seq: 61 });
		sockets[0].give({ type: 'history', messages: [{ seq: 59 }, { seq: 60 }], more: false });
		await settle();
		return globalThis.heard;
	});

	assert.deepEqual(heard, ['reset', 59, 60, 61]);
});

test('questions for history are answered one after the other, and end with the connection', async () => {
	const answers = await page.evaluate(async () => {
		const outcome = (range) => room.history(range).then(({ messages }) => messages.length, ({ code }) => code);

		await open();
		const early = outcome({ before: 9 });

		sockets[0].give({ type: 'welcome', epoch: 'e1', seq: 9 });
		const asked = [outcome({ before: 9, limit: 2 }), outcome({ after: 4 }), outcome({ after: 5 })];
		const atFirst = sockets[0].sent.length;

		sockets[0].give({ type: 'history', messages: [{ seq: 7 }, { seq: 8 }], more: true });
		sockets[0].give({ type: 'error', code: 'no_history', message: 'None.' });
		sockets[0].lose(1006);
		return { early: await early, atFirst, sent: sockets[0].sent, outcomes: await Promise.all(asked) };
	});

	assert.equal(answers.early, 'closed');
	assert.equal(answers.atFirst, 1);
	assert.deepEqual(answers.sent[0], { type: 'history', before: 9, limit: 2 });
	assert.deepEqual(answers.outcomes, [2, 'no_history', 'closed']);
});

test('people are asked for in the same line, and their answers told', async () => {
	const story = await page.evaluate(async () => {
		await open();
		const [socket] = sockets, told = [];

		room.on('members', ({ members }) => told.push(...members));
		socket.give({ type: 'welcome', epoch: 'e1', seq: 9 });
		room.askMembers('m');
		const history = room.history({ before: 9 });

		room.askMembers('z');
		const atFirst = socket.sent.length;

		socket.give({ type: 'members', members: ['nina'], more: true, next: 'nina' });
		socket.give({ type: 'history', messages: [{ seq: 8 }], more: false });
		socket.give({ type: 'members', members: [], more: false });
		return { atFirst, told, sent: socket.sent.map(({ type }) => type), history: await history };
	});

	assert.deepEqual(story, { atFirst: 1, told: ['nina'], sent: ['members', 'history', 'members'],
		history: { messages: [{ seq: 8 }], more: false } });
});

test('what refuses a question is told to who asked, and holds up no message', async () => {
	for (const code of ['storage', 'busy', 'no_history']) {
		const story = await page.evaluate(async (code) => {
			await open();
			const socket = sockets.at(-1), told = [];

			socket.give({ type: 'welcome', epoch: 'e1', seq: 9 });
			room.on('error', (error) => told.push(error));
			const answer = room.history({ before: 9 }).catch((error) => error.code);

			room.send('under way');
			socket.give({ type: 'error', code, message: 'Not now.' });
			socket.give({ type: 'ack', ref: socket.sent[1].ref, seq: 10 });
			room.send('next');
			return { code: await answer, told, sent: socket.sent.map(({ message }) => message) };
		}, code);

		assert.deepEqual(story, { code, told: [], sent: [undefined, 'under way', 'next'] });
	}
});

test('an error that means later is no refusal: the message goes again by itself, with its ref', async () => {
	for (const [code, pause] of [['busy', 400], ['storage', 7_000], ['too_fast', 1_300]]) {
		const sentAtOnce = await page.evaluate(async (code) => { // its clock goes on: later is too late to look
			await open();
			sockets.at(-1).give({ type: 'welcome' });
			globalThis.answer = room.send('patient');
			sockets.at(-1).give({ type: 'error', code, ref: answer.ref, message: 'Later.' });
			room.send('behind it');
			return sockets.at(-1).sent.length;
		}, code);

		assert.equal(sentAtOnce, 1, 'not at once, and nothing passes it');
		await page.clock.runFor(pause);
		const sent = await page.evaluate(() => sockets.at(-1).sent);

		assert.equal(sent.length, 2, code);
		assert.deepEqual(sent[1], sent[0]);
		assert.equal(await page.evaluate(() => {
			sockets.at(-1).give({ type: 'ack', ref: answer.ref, seq: 3 });
			return answer.then(({ seq }) => seq);
		}), 3);
	}
});

test('what is not sent outlives the page, in order and with its refs', async () => {
	const refs = await page.evaluate(async () => {
		await open({ keep: true });
		return ['one', 'two', 'x'.repeat(20_000), 'three'].map((text) => room.send(text)).map((answer) => {
			answer.catch(() => {});
			return answer.ref;
		});
	});

	await page.evaluate(() => { // "one" is taken and its ack lost, the long one is refused before it is sent
		sockets[0].give({ type: 'welcome' });
		sockets[0].lose(1006);
	});
	await enter(page);
	const left = await page.evaluate(async () => {
		await open({ keep: true });
		const left = [];

		room.on('unsent', (entry) => left.push(entry));
		await new Promise((resolve) => navigator.locks.request('any', resolve));
		await settle();
		sockets[0].give({ type: 'welcome' });
		for (let i = 0; i < 3; i++)
			sockets[0].give({ type: 'ack', ref: sockets[0].sent[i].ref, seq: i + 1 });
		return { left, sent: sockets[0].sent };
	});

	assert.deepEqual(left.left.map(({ ref }) => ref), refs);
	assert.deepEqual(left.sent.map(({ ref }) => ref), [refs[0], refs[1], refs[3]]);
	await enter(page);
	assert.deepEqual(await keptIn(page), [], 'what was acked is gone; what was refused can be discarded');
});

/** What is kept: the refused one is there until it is discarded. */
async function keptIn(tab) {
	return tab.evaluate(async () => {
		await open({ keep: true });
		const left = [];

		room.on('unsent', (entry) => left.push(entry));
		await new Promise((resolve) => navigator.locks.request('any', resolve));
		await settle();
		for (const { ref, code } of left)
			if (code === 'too_long')
				room.discard(ref);
		return Object.keys(localStorage);
	});
}

test('what one person has not sent is neither sent nor told by a page of another', async () => {
	const refs = await page.evaluate(async () => {
		await open({ identity: 'ann', keep: true });
		return ['hers', 'hers too'].map((text) => room.send(text).ref);
	});
	const stories = [];

	for (const identity of ['bob', '', 'ann']) {
		await enter(page);
		stories.push(await page.evaluate(async (identity) => {
			const left = [];

			await open({ identity, keep: true });
			room.on('unsent', ({ ref }) => left.push(ref));
			await new Promise((resolve) => navigator.locks.request('any', resolve));
			await settle();
			sockets[0].give({ type: 'welcome' });
			return { left, sent: sockets[0].sent.map(({ ref }) => ref) };
		}, identity));
	}

	assert.deepEqual(stories, [{ left: [], sent: [] }, { left: [], sent: [] }, { left: refs, sent: refs.slice(0, 1) }]);
});

test('a page that lives keeps its own: another tab takes it only when the page is gone', async () => {
	const second = await page.context().newPage();
	const listen = async () => {
		await open({ keep: true });
		globalThis.left = [];
		room.on('unsent', ({ text }) => left.push(text));
		await new Promise((resolve) => navigator.locks.request('any', resolve));
		await settle();
		return left;
	};

	await page.evaluate(async () => {
		await open({ keep: true });
		room.send('mine');
	});
	await enter(second);
	assert.deepEqual(await second.evaluate(listen), []);
	await page.close();
	await second.evaluate(() => sockets[0].give({ type: 'welcome' }));
	await second.waitForFunction(() => {
		document.dispatchEvent(new Event('visibilitychange')); // the moment when somebody turns to this tab
		return left.length > 0;
	});
	assert.deepEqual(await second.evaluate(() => left), ['mine']);
	assert.deepEqual(await second.evaluate(() => sockets[0].sent.filter(({ type }) => type === 'message').length), 1);
});

test('the outbox has a bound, in messages and in characters', async () => {
	const codes = await page.evaluate(async () => {
		const outcome = (text) => room.send(text).catch(({ code }) => code);
		const fill = async (room, text, count) => {
			await open({ room, keep: true });
			for (let i = 0; i < count; i++)
				outcome(text);
			return outcome(text);
		};

		return [await fill('many', 'x', 200), await fill('large', 'x'.repeat(16_000), 16)];
	});

	assert.deepEqual(codes, ['outbox_full', 'outbox_full']);
});

test('what another person left is dropped after a day', async () => {
	const leave = (identity) => open({ identity, keep: true }).then(() => void room.send(`of ${identity}`));

	await page.evaluate(leave, 'ann');
	const countsKept = [];

	for (const hours of [22, 2]) {
		await page.clock.fastForward(hours * 3600_000);
		const time = await page.evaluate(() => Date.now());

		await page.goto(stack.url);
		await page.clock.install({ time });
		await page.evaluate(installFakeSocket);
		await page.evaluate(leave, 'bob');
		await page.evaluate(() => navigator.locks.request('any', () => {}));
		countsKept.push(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(' ann ')).length));
	}

	assert.deepEqual(countsKept, [1, 0]);
});

test('what is a day old is not said by itself', async () => {
	await page.evaluate(async () => {
		await open({ keep: true });
		room.send('yesterday');
	});
	await page.goto(stack.url);
	await page.clock.install({ time: Date.now() + 25 * 3600_000 });
	await page.evaluate(installFakeSocket);
	const story = await page.evaluate(async () => {
		const left = [];

		await open({ keep: true });
		room.on('unsent', ({ code }) => left.push(code));
		await new Promise((resolve) => navigator.locks.request('any', resolve));
		await settle();
		sockets[0].give({ type: 'welcome' });
		return { left, sent: sockets[0].sent };
	});

	assert.deepEqual(story, { left: ['stale'], sent: [] });
});
