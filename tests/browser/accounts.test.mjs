// SPDX-License-Identifier: MIT
// People with accounts in rooms: who logs in or out, or becomes somebody else, is so on every page and
// socket of theirs, and on nobody else's. How soon is shown with a clock of its own, in
// tests/unit/broker/test_revoker.c.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accountUrl, changePassword, fillIn, logIn, logOut, openTab, PASSWORD, press, register } from './accounts.mjs';
import { enterRoom, launch, messagesOf, newPerson, say, waitForMessage, waitForSocket } from './browser.mjs';
import { openSite } from './site.mjs';
import { Stack, waitFor } from './stack.mjs';

const { browser, stack } = await openSite();
const input = '#chat-message-input';

function waitForBanner(page) {
	return page.locator('#banner').getByText('You have been logged out, or in as somebody else.').waitFor();
}

/** The sockets of a page from now on. */
function watchSockets(page) {
	const sockets = [];

	page.on('websocket', (socket) => sockets.push(socket));
	return sockets;
}

async function enterAs(page, username, room) {
	await register(page, stack, username, new URL(stack.roomUrl(room)).pathname);
	await waitForSocket(page);
	assert.equal(page.url(), stack.roomUrl(room));
}

/** In another browser. */
async function enterElsewhere(username, room) {
	const page = await newPerson(browser);

	await logIn(page, stack, username, PASSWORD, new URL(stack.roomUrl(room)).pathname);
	await waitForSocket(page);
	return page;
}

function ownName(page) {
	return page.locator('#own-name').textContent();
}

test('two people register and talk under their names; a second tab and a reload agree', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(ann, 'ann', 'talk');
	await enterAs(bob, 'bob', 'talk');
	await say(ann, 'I am ann');
	await waitForMessage(bob, 'I am ann');
	assert.equal(await bob.locator('.message-user').last().textContent(), 'ann');
	await say(bob, 'and I bob');
	await waitForMessage(ann, 'and I bob');
	assert.equal(await ann.locator('.message-user').last().textContent(), 'bob');

	await ann.reload();
	for (const page of [ann, await openTab(ann, stack, 'talk')]) {
		await page.waitForSelector('#connection[data-state="connected"]');
		assert.equal(await ownName(page), 'ann');
		assert.deepEqual(await messagesOf(page), ['I am ann', 'and I bob']);
		assert.deepEqual(await page.locator('.message-own .message-text').allTextContents(), ['I am ann']);
	}
	assert.deepEqual((await bob.locator('.person-name').allTextContents()).sort(), ['ann', 'bob']);
	ann.assertQuiet();
	bob.assertQuiet();
});

test('a changed password ends the other sessions, and the tabs of this one go on', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(page, 'carla', 'password');
	await enterRoom(witness, stack, 'password');
	const tab = await page.context().newPage();
	const elsewhere = await enterElsewhere('carla', 'password');
	const [sockets, theirs] = [watchSockets(page), watchSockets(witness)];

	assert.equal(await changePassword(tab, stack, PASSWORD, 'another long password'), 303);
	await Promise.all([
		waitForBanner(elsewhere),
		waitFor(async () => sockets.length === 1
			&& await page.locator('#connection').getAttribute('data-state') === 'connected', 'back'),
	]);
	await say(page, 'still me');
	await waitForMessage(witness, 'still me');
	assert.equal(await witness.locator('.message-user').last().textContent(), 'carla');
	assert.equal(theirs.length, 0, 'nobody else was cut off');

	const token = () => page.locator('#name-menu [name="csrf_token"]').first().inputValue();
	const oldToken = await token();

	await page.locator('#name-menu summary').click();
	await waitFor(async () => await token() !== oldToken, 'the menu is new'); // and of the new session, or it logs nobody out
	assert.equal(await press(page, 'Log out', page.locator('#name-menu')), 303);
	page.assertQuiet();
	elsewhere.assertQuiet();
});

test('another display name is everywhere at once, and what is typed stays', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(page, 'karl', 'renamed');
	await enterRoom(witness, stack, 'renamed');
	await witness.locator('.person-name').getByText('karl', { exact: true }).waitFor();
	await page.locator(input).fill('half a sentence');
	const tab = await page.context().newPage();

	await tab.goto(accountUrl(stack, 'profile'));
	await fillIn(tab, { Name: 'Karl der Große' });
	assert.equal(await press(tab, 'Save name'), 303);
	await Promise.all([
		page.locator('#own-name').getByText('Karl der Große', { exact: true }).waitFor(),
		witness.locator('.person-name').getByText('Karl der Große', { exact: true }).waitFor(),
	]);
	await page.locator(input).press('Enter');
	await waitForMessage(witness, 'half a sentence');
	assert.equal(await witness.locator('.message-user').last().textContent(), 'Karl der Große');
	page.assertQuiet();
	witness.assertQuiet();
});

test('a logout closes the sockets of its session, and of no other', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(page, 'dora', 'logout');
	await enterAs(witness, 'emil', 'logout');
	const elsewhere = await enterElsewhere('dora', 'logout');
	const tab = await openTab(page, stack, 'logout 2');
	const others = [watchSockets(elsewhere), watchSockets(witness)];
	const last = await page.context().newPage();

	assert.equal(await logOut(last, stack), 303);
	await Promise.all([waitForBanner(page), waitForBanner(tab)]);
	for (const [other, text] of [[elsewhere, 'still here'], [witness, 'me too']]) {
		assert.equal(await other.locator('#connection').getAttribute('data-state'), 'connected');
		await say(other, text);
		await other.locator('.message-own[data-delivery="sent"]').waitFor();
	}
	assert.deepEqual(others, [[], []], 'they never left');
	assert.deepEqual(await messagesOf(page), [], 'and who is logged out hears nothing more');

	await page.getByRole('button', { name: 'Reload' }).click();
	await page.waitForSelector('#connection[data-state="connected"]');
	await last.goto(stack.roomUrl('logout'));
	assert.match(await ownName(page), /^guest-/);
	assert.equal(await ownName(last), await ownName(page));
	for (const each of [page, elsewhere, witness])
		each.assertQuiet();
});

test('a guest who registers keeps what the guest has said, and every tab goes on', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(page, stack, 'guest'), enterRoom(witness, stack, 'guest')]);
	await say(page, 'said as a guest');
	await waitForMessage(witness, 'said as a guest');
	await page.locator(input).fill('half a sentence');
	const tab = await page.context().newPage();

	await register(tab, stack, 'frieda', new URL(stack.roomUrl('guest')).pathname);
	await page.locator('#own-name').getByText('frieda', { exact: true }).waitFor();
	await tab.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await page.locator(input).inputValue(), 'half a sentence');
	await page.locator(input).press('Enter');
	await waitForMessage(witness, 'half a sentence');
	assert.equal(await witness.locator('.message-user').last().textContent(), 'frieda');
	for (const each of [page, tab]) {
		await each.reload();
		await each.waitForSelector('#connection[data-state="connected"]');
		assert.deepEqual(await each.locator('.message-own .message-text').allTextContents(),
			['said as a guest', 'half a sentence']);
	}
	page.assertQuiet();
});

test('nothing that is typed as one user is sent as another', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);
	const owner = await newPerson(browser);

	let isCut = false;

	await page.routeWebSocket('**', (socket) => {
		const server = socket.connectToServer();

		socket.onMessage((text) => isCut || server.send(text));
	});
	await register(owner, stack, 'gustav');
	await Promise.all([enterRoom(page, stack, 'typed'), enterRoom(witness, stack, 'typed')]);
	isCut = true;
	await say(page, 'the words of a guest');
	await say(page, 'and more of them');
	await page.locator(input).fill('not for gustav');
	const tab = await page.context().newPage();

	isCut = false; // what was said before is on its way no more
	await logIn(tab, stack, 'gustav', PASSWORD, new URL(stack.roomUrl('typed')).pathname);
	await waitForBanner(page);
	assert.equal(await page.locator('[data-delivery="failed"]').count(), 2);
	assert.equal(await page.locator(input).inputValue(), 'not for gustav');
	await tab.waitForSelector('#connection[data-state="connected"]');
	await say(tab, 'as gustav');
	await waitForMessage(witness, 'as gustav');
	assert.deepEqual(await messagesOf(tab), ['as gustav']);

	await page.getByRole('button', { name: 'Reload' }).click();
	await page.waitForSelector('#connection[data-state="connected"]');
	assert.equal(await ownName(page), 'gustav');
	assert.equal(await page.locator(input).inputValue(), '');
	await say(page, 'gustav again');
	await waitForMessage(witness, 'gustav again');
	assert.deepEqual(await messagesOf(page), ['as gustav', 'gustav again']);
	assert.deepEqual(await messagesOf(witness), ['as gustav', 'gustav again']);
	page.assertQuiet();
});

test('who is banned is told so at once, wherever they are', async () => {
	const [page, witness] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterAs(page, 'ida', 'banned');
	await enterAs(witness, 'jonas', 'banned');
	const tab = await openTab(page, stack, 'banned 2');
	const theirs = watchSockets(witness);

	await stack.manage('user', 'ban', 'ida');
	await Promise.all([page, tab].map((each) =>
		each.getByText('You have been banned from this site.').waitFor()));
	assert.equal(await page.locator(input).isEditable(), false);
	await say(witness, 'still here');
	await witness.locator('.message-own[data-delivery="sent"]').waitFor();
	assert.equal(theirs.length, 0);
	await page.reload();
	assert.match(await ownName(page), /^guest-/);
	assert.ok(await logIn(page, stack, 'ida') >= 400, 'as ida nobody is let in');
	page.assertQuiet();
});

async function goBackTo(page, heading) {
	await page.goBack({ waitUntil: 'commit' }); // a page that was kept is not loaded
	await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
	assert.doesNotMatch(await page.locator('body').innerText(), /helga|a secret/);
}

test('where guests are not let in, a logout is told too, and Back shows nothing of what was there', async () => {
	const closed = await Stack.start('lighttpd', ['site.guests=no']);
	const remembering = await launch({ isRemembering: true });

	try {
		const page = await newPerson(remembering);

		await page.goto(closed.roomUrl('private'));
		await page.getByRole('heading', { name: 'Log in' }).waitFor();
		await register(page, closed, 'helga', new URL(closed.roomUrl('private')).pathname);
		await page.waitForSelector('#connection[data-state="connected"]');
		await say(page, 'a secret');
		await page.locator('[data-delivery="sent"]').waitFor();
		const tab = await page.context().newPage();

		for (const path of ['profile', 'sessions'])
			await tab.goto(`${closed.origin}/accounts/${path}/`);
		assert.match(await tab.locator('body').innerText(), /helga/);
		await tab.goto(`${closed.origin}/accounts/logout/`);
		await press(tab, 'Log out');
		await waitForBanner(page);
		for (const heading of ['Log out', 'Log in', 'Log in'])
			await goBackTo(tab, heading);
		await page.goto(`${closed.origin}/accounts/login/`);
		await goBackTo(page, 'Log in');
		page.assertQuiet();
	} finally {
		await remembering.close();
		await closed.stop();
	}
});
