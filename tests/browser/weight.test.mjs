// SPDX-License-Identifier: MIT
// What the page of a room costs its reader: bytes and requests over the wire, under both web
// servers; and ten thousand messages in its list.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { enterRoom, launch, newPerson, numbered, sayAll } from './browser.mjs';
import { Stack } from './stack.mjs';

const BYTES_MAX = 60 * 1024;
const REQUESTS_MAX = 6;
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
