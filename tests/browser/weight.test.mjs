// SPDX-License-Identifier: MIT
// What the page of a room costs its reader: bytes and requests over the wire, under both web
// servers; and ten thousand messages in its list.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { enterRoom, launch, newPerson, numbered, sayAll } from './browser.mjs';
import { Stack } from './stack.mjs';

const BYTES_MAX = 60 * 1024;
const REQUESTS_MAX = 6;
const LAYOUTS_MAX = 3; // in a frame of scrolling: a page that is measured between two changes of it has one for each
let browser;

before(async () => {
	browser = await launch();
});
after(() => browser.close());

/** Every request of a page with the bytes of its answer, as the network had them. */
async function watchNetwork(page) {
	const session = await page.context().newCDPSession(page);
	const requests = new Map();

	await session.send('Network.enable');
	session.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
	session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		requests.get(requestId).bytes = encodedDataLength;
	});
	return requests;
}

for (const web of ['lighttpd', 'nginx'])
	test(`the page of a room with fifty messages is light under ${web}`, async (suite) => {
		const stack = await Stack.start(web);

		suite.after(() => stack.stop());
		const writer = await newPerson(browser);

		await enterRoom(writer, stack, 'weight');
		await sayAll(writer, 'weight', numbered(60, 'A message of about the length that people write in rooms, number'));
		const reader = await newPerson(browser);
		const requests = await watchNetwork(reader);

		await enterRoom(reader, stack, 'weight');
		await reader.waitForLoadState('networkidle');
		const answers = [...requests.values()];
		const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
		const account = answers.map(({ url, bytes }) => `${bytes} ${url}`).join('\n');

		assert.ok(answers.length >= 3, account);
		assert.ok(answers.length <= REQUESTS_MAX, account);
		assert.ok(bytes <= BYTES_MAX, `${bytes} bytes:\n${account}`);
		for (const { url } of answers)
			assert.equal(new URL(url).host, new URL(stack.url).host);
		suite.diagnostic(`${bytes} bytes in ${answers.length} requests:\n${account}`);
		reader.assertQuiet();
	});

test('ten thousand messages are read back to the first one, and the page stays small', async (suite) => {
	const stack = await Stack.start('lighttpd', ['limits.messages_per_second=100000', 'limits.message_burst=100000']);

	suite.after(() => stack.stop());
	const writer = await newPerson(browser);

	await writer.goto(stack.url); // which shows none of it
	for (let i = 0; i < 20; i++)
		await sayAll(writer, 'many', numbered(500, `batch ${i}, a message of an ordinary length`));
	const reader = await newPerson(browser);

	await enterRoom(reader, stack, 'many');
	const workUntilNow = await watchWork(reader);
	const seen = await reader.evaluate(readBack);
	const { layouts, milliseconds } = await workUntilNow();

	assert.deepEqual(seen.gaps, []);
	assert.equal(seen.first, 1);
	assert.ok(seen.itemsMax <= 600, `${seen.itemsMax} items`);
	const { heap, nodes } = await measure(reader);

	assert.ok(heap < 20e6, `${heap} bytes of scripts`);
	assert.ok(nodes < 30_000, `${nodes} nodes`);
	assert.ok(layouts / seen.frames <= LAYOUTS_MAX, `${layouts} layouts in ${seen.frames} frames`);
	suite.diagnostic(`${heap} bytes of scripts, ${nodes} nodes, frames ${seen.frames} in ${Math.round(seen.time)} ms, `
		+ `${layouts} layouts, ${Math.round(milliseconds)} ms of scripts, styles and layouts`);
	reader.assertQuiet();
});

/** In the page: scrolls up to the first message, and notes what stands there on the way. */
async function readBack() {
	const log = document.getElementById('log');
	const begin = performance.now();
	const result = { gaps: [], first: 0, itemsMax: 0, frames: 0, time: 0 };
	const isThere = () => result.first === 1 && log.scrollTop === 0;

	while (!isThere() && performance.now() - begin < 200_000) {
		const items = [...document.querySelectorAll('#chat-log > .message')].map((item) => Number(item.dataset.seq));

		for (let i = 1; i < items.length; i++)
			if (items[i] !== items[i - 1] + 1)
				result.gaps.push([items[i - 1], items[i]]);
		result.first = items[0];
		result.itemsMax = Math.max(result.itemsMax, document.querySelectorAll('#chat-log > *').length);
		result.frames++;
		log.scrollTop -= 1000;
		await new Promise(requestAnimationFrame);
	}
	result.time = performance.now() - begin;
	return result;
}

/** What the page does from now on, in the time of its thread: not of a machine that has others to serve. */
async function watchWork(page) {
	const session = await page.context().newCDPSession(page);
	const read = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		const valueOf = (wanted) => metrics.find(({ name }) => name === wanted).value;
		const seconds = valueOf('ScriptDuration') + valueOf('RecalcStyleDuration') + valueOf('LayoutDuration');

		return { layouts: valueOf('LayoutCount'), milliseconds: seconds * 1000 };
	};

	await session.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
	await session.send('Performance.enable');
	const begin = await read();

	return async () => {
		const end = await read();

		return { layouts: end.layouts - begin.layouts, milliseconds: end.milliseconds - begin.milliseconds };
	};
}

async function measure(page) {
	const session = await page.context().newCDPSession(page);

	await session.send('HeapProfiler.enable');
	await session.send('HeapProfiler.collectGarbage');
	await session.send('Performance.enable');
	const { metrics } = await session.send('Performance.getMetrics');
	const valueOf = (wanted) => metrics.find(({ name }) => name === wanted).value;

	return { heap: valueOf('JSHeapUsedSize'), nodes: valueOf('Nodes') };
}
