// SPDX-License-Identifier: MIT
// Pages made after the two tutorials' way, without our client: they send {"message"} and show what
// comes, one in a textarea and on key 13, the other in blocks and on a button. And our own page without
// its script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, newPerson, numbered, say, sayAll, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const textareaPage = `<!doctype html><meta charset="utf-8"><title>textarea</title>
<textarea id="chat-log" cols="80" rows="12"></textarea><br>
<input id="chat-message-input" size="80"><input id="chat-message-submit" type="button" value="Send">
<script>
	const room = decodeURIComponent(location.hash.slice(1));
	const log = document.getElementById('chat-log');
	const input = document.getElementById('chat-message-input');
	const button = document.getElementById('chat-message-submit');
	const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
	const socket = new WebSocket(scheme + location.host + '/ws/chat/' + room + '/');
	socket.onopen = () => {
		log.value += '[announcement] Welcome to the ' + room + ' discussion group. Please speak!\\n';
	};
	socket.onmessage = (event) => { log.value += JSON.parse(event.data).message + '\\n'; };
	input.onkeyup = (event) => { if (event.keyCode === 13) button.click(); };
	button.onclick = () => {
		socket.send(JSON.stringify({ message: input.value }));
		input.value = '';
	};
</script>`;

const blocksPage = `<!doctype html><meta charset="utf-8"><title>blocks</title>
<div id="chat-log"></div><input id="message-input"><button>Send</button>
<script>
	const socket = new WebSocket('ws://' + location.host + '/ws/chat/' + location.hash.slice(1) + '/');
	socket.onmessage = (event) => {
		const line = document.createElement('div');
		line.textContent = JSON.parse(event.data).message;
		document.getElementById('chat-log').append(line);
	};
	socket.onopen = () => { document.title = 'open'; };
	document.querySelector('button').onclick = () =>
		socket.send(JSON.stringify({ message: document.getElementById('message-input').value }));
</script>`;

const { browser, stack } = await openSite();

/** A page of this site's origin with a text of the test's own. */
async function openPage(html, room) {
	const page = await newPerson(browser);
	const url = `${stack.origin}/tutorial.html`;

	await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: html }));
	await page.goto(`${url}#${room}`);
	return page;
}

test('they talk with each other and with the room page', async () => {
	const textarea = await openPage(textareaPage, 'tutorial');
	const blocks = await openPage(blocksPage, 'tutorial');
	const person = await newPerson(browser);

	await enterRoom(person, stack, 'tutorial');
	await blocks.waitForFunction(() => document.title === 'open');
	await textarea.waitForFunction(() => document.getElementById('chat-log').value !== '');
	await textarea.locator('#chat-message-input').fill('from the textarea');
	await textarea.locator('#chat-message-input').press('Enter');
	await waitForMessage(person, 'from the textarea');
	await blocks.locator('#message-input').fill('from the blocks');
	await blocks.locator('button').click();
	await waitForMessage(person, 'from the blocks');
	await say(person, '来自房间 <b>');
	await blocks.locator('#chat-log div').nth(2).waitFor();
	await textarea.waitForFunction(() => document.getElementById('chat-log').value.includes('来自房间'));

	assert.deepEqual((await textarea.locator('#chat-log').inputValue()).trimEnd().split('\n'), [
		'[announcement] Welcome to the tutorial discussion group. Please speak!',
		'from the textarea', 'from the blocks', '来自房间 <b>']);
	assert.deepEqual(await blocks.locator('#chat-log div').allTextContents(),
		['from the textarea', 'from the blocks', '来自房间 <b>']);
});

test('they never show undefined', async () => {
	const [textarea, person] = await Promise.all([openPage(textareaPage, 'quiet'), newPerson(browser)]);

	await textarea.waitForFunction(() => document.getElementById('chat-log').value !== '');
	await enterRoom(person, stack, 'quiet');
	await textarea.locator('#chat-message-input').press('Enter'); // the tutorial sends what is empty, too
	await textarea.evaluate(() => socket.send('no json'));
	await stack.control({ op: 'group_send', group: 'chat_quiet', event: { type: 'weather.changed', degrees: 7 } });
	await stack.control({ op: 'announce', message: 'back at noon' });
	await say(person, 'last');
	await textarea.waitForFunction(() => document.getElementById('chat-log').value.includes('last\n'));
	assert.doesNotMatch(await textarea.locator('#chat-log').inputValue(), /undefined|null|\[object/);
});

test('without a script a room is read as it goes on, and nothing that is being written is lost', async () => {
	const [writer, reader] = [await newPerson(browser), await newPerson(browser, { javaScriptEnabled: false })];
	const isInView = () => reader.locator('#chat-log > :last-child').evaluate((item) => {
		const log = document.getElementById('log').getBoundingClientRect();

		return item.getBoundingClientRect().bottom <= log.bottom && item.getBoundingClientRect().top >= log.top;
	});

	await enterRoom(writer, stack, 'reading');
	await sayAll(writer, 'reading', numbered(60, 'said'));
	await reader.goto(stack.roomUrl('reading'));
	assert.ok(await isInView(), 'the newest message is what is seen first');
	await reader.getByRole('link', { name: 'Load new messages by itself' }).click();
	assert.equal(reader.url(), `${stack.roomUrl('reading')}?refresh=30`);
	assert.equal(await reader.locator('#chat-form').isVisible(), false);
	await reader.goto(`${stack.roomUrl('reading')}?refresh=5`);
	await say(writer, 'news');
	await waitForMessage(reader, 'news');
	assert.ok(await isInView());
	await reader.locator('main').getByRole('link', { name: 'Write a message' }).click();
	assert.equal(reader.url(), stack.roomUrl('reading'));
	assert.equal(await reader.locator('#chat-message-input').isVisible(), true);
	for (const [seconds, header] of [['30', '30'], ['5', '5'], ['0', undefined], ['4', undefined], ['3601', undefined], ['x', undefined]]) {
		const answer = await reader.request.get(`${stack.roomUrl('reading')}?refresh=${seconds}`);

		assert.equal(answer.headers().refresh, header, seconds);
	}
});

test('with a script the same address leads to the room', async () => {
	const reader = await newPerson(browser);

	await reader.goto(`${stack.roomUrl('reading')}?refresh=5`);
	await reader.waitForURL(stack.roomUrl('reading'));
	await reader.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await reader.locator('#chat-message-input').isVisible(), true);
	reader.assertQuiet();
});
