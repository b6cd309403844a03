// SPDX-License-Identifier: MIT
// The list of messages and what stands in it, without a server.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { closePeople, launch, openBarePage } from './browser.mjs';

const browser = await launch();

after(() => browser.close());
afterEach(() => closePeople(browser));

/** A page with an empty list, and what makes messages of it. */
async function openList(body = '<ol id="list"></ol>') {
	const page = await openBarePage(browser, body);

	await page.evaluate(async () => {
		const { MessageList } = await import('/source/message_list.js');

		globalThis.list = new MessageList(document.getElementById('list'), true);
		globalThis.said = (seq, more = {}) => ({
			seq, user: 'ann', name: 'ann', text: `text ${seq}`, time: new Date(1_700_000_000_000 + seq), isOwn: false, ...more,
		});
	});
	return page;
}

test('the last message is the newest, whatever was loaded last', async () => {
	const page = await openList();
	const seq = await page.evaluate(() => {
		list.append(said(99, { isOwn: true }));
		list.append(said(100));
		list.prepend([said(40, { isOwn: true }), said(41)]);
		list.appendPending({ ...said(0, { isOwn: true }), seq: undefined });
		return list.findLast((item) => item.classList.contains('message-own')).dataset.seq;
	});

	assert.equal(seq, '99');
	page.assertQuiet();
});
