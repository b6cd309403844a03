// SPDX-License-Identifier: MIT
// Every page as axe-core judges it: in each language, in light and dark, on a wide screen, on a narrow one, and enlarged.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { accountUrl, fillIn, logIn, logOut, PASSWORD, press, register } from './accounts.mjs';
import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { inWordsOf, readInChinese } from './words.mjs';

const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0']);
const sizes = [{ width: 1280, height: 720 }, { width: 360, height: 640 }, { width: 320, height: 256 }]; // the last: 400 % of the first

const CHOICE = 'What chat room would you like to enter?';

function search(page, word) {
	return page.goto(`${stack.roomUrl('accessible')}search?q=${word}`);
}

/** An account of their own for whoever goes through the pages. */
function nameOf(page) {
	return page.isChinese ? '读者' : 'reader';
}

async function openTab(page) {
	return Object.assign(await page.context().newPage(), { isChinese: page.isChinese });
}

/** Each brings a person to a page from the one before, whose heading says that it is the one. */
const pages = [
	{ name: 'index', heading: CHOICE, visit: (page) => page.goto(stack.url) },
	{
		name: 'a room', heading: 'accessible', visit: async (page) => {
			await enterRoom(page, stack, 'accessible');
			await say(page, 'heard by everybody');
			await waitForMessage(page, 'heard by everybody');
			await page.locator('[data-delivery="sent"]').waitFor();
		},
	},
	{
		name: 'marks and names', heading: 'accessible', visit: async (page) => {
			const texts = ['see https://example.org/, *bold* _it_ `code` :smile:', '> quoted\nanswer', '```\ncode\n```', '🎉', '/me waves'];
			const other = await newPerson(browser);

			await enterRoom(other, stack, 'accessible');
			for (const by of [page, other])
				for (const text of [...texts, `@${await page.locator('#own-name').textContent()} and so on`])
					await say(by, text);
			await page.locator('.message-mention .mention-own').waitFor();
			await other.locator('#chat-message-input').pressSequentially('more');
			await page.locator('#typing').getByText(inWordsOf(page, '{names} is typing…', { names: '' })).waitFor();
			await page.locator('[data-delivery="sending"]').waitFor({ state: 'detached' });
			await other.close();
		},
	},
	{
		name: 'suggestions', heading: 'accessible', visit: async (page) => {
			await page.locator('#chat-message-input').pressSequentially('/h');
			await page.locator('#completion').waitFor();
		},
	},
	{
		name: 'keys and commands', heading: 'accessible', visit: async (page) => {
			await say(page, '/help');
			await page.locator('#help').waitFor();
		},
	},
	{
		name: "the bell's menu", heading: 'accessible', visit: async (page) => {
			await page.keyboard.press('Escape');
			await page.locator('#bell-menu summary').click();
		},
	},
	{
		name: 'the list of rooms', heading: 'accessible', visit: async (page) => {
			await enterRoom(page, stack, 'other');
			await enterRoom(page, stack, 'accessible');
			await page.keyboard.press('Control+k');
			await page.locator('.rooms-link').nth(1).waitFor();
		},
	},
	{
		name: "the search's menu", heading: 'accessible', visit: async (page) => {
			await page.keyboard.press('Escape');
			await page.locator('#search-menu summary').click();
		},
	},
	{ name: "a guest's menu", heading: 'accessible', visit: (page) => page.locator('#name-menu summary').click() },
	{ name: 'search', heading: 'Search in {room}', visit: (page) => search(page, 'heard') },
	{ name: 'found nothing', heading: 'Search in {room}', visit: (page) => search(page, 'nobody') },
	{ name: 'name', heading: 'Your name in the rooms', visit: (page) => page.goto(`${stack.url}name`) },
	{ name: 'no such page', heading: 'Not found', visit: (page) => page.goto(`${stack.origin}/nowhere`) },
	{
		name: 'a form that is too old', heading: 'Not allowed', visit: async (page) => {
			await page.goto(`${stack.url}name`);
			await page.locator('main [name="csrf_token"]').evaluate((field) => (field.value = 'old'));
			await press(page, 'Save name');
		},
	},
	{ name: 'log out, as a guest', heading: 'Log out', visit: (page) => page.goto(accountUrl(stack, 'logout')) },
	{ name: 'log in', heading: 'Log in', visit: (page) => page.goto(accountUrl(stack, 'login')) },
	{ name: 'a wrong login', heading: 'Log in', visit: (page) => logIn(page, stack, 'nobody', PASSWORD) },
	{ name: 'register', heading: 'Register', visit: (page) => page.goto(accountUrl(stack, 'register')) },
	{ name: 'a reserved name', heading: 'Register', visit: (page) => register(page, stack, 'guest-1234') },
	{ name: 'just registered', heading: CHOICE, visit: (page) => register(page, stack, nameOf(page)) },
	{
		name: "an account's menu", heading: 'accessible', visit: async (page) => {
			await enterRoom(page, stack, 'accessible');
			await page.locator('#name-menu summary').click();
		},
	},
	{
		name: 'a room after a logout', heading: 'accessible', visit: async (page) => {
			await logOut(await openTab(page), stack);
			await page.getByRole('button', { name: inWordsOf(page, 'Reload') }).waitFor();
		},
	},
	{
		name: 'profile', heading: 'Your account', visit: async (page) => {
			await logIn(page, stack, nameOf(page));
			await page.goto(accountUrl(stack, 'profile'));
		},
	},
	{
		name: 'sessions', heading: 'Where you are logged in', visit: async (page) => {
			await logIn(await newPerson(browser), stack, nameOf(page));
			await page.goto(accountUrl(stack, 'sessions'));
			await page.getByRole('button', { name: inWordsOf(page, 'Log out everywhere else') }).waitFor();
		},
	},
	{ name: 'password', heading: 'Change your password', visit: (page) => page.goto(accountUrl(stack, 'password')) },
	{
		name: 'a wrong old password', heading: 'Change your password', visit: async (page) => {
			await fillIn(page, { 'Old password': 'wrong password', 'New password': PASSWORD });
			await press(page, 'Change password');
		},
	},
	{ name: 'log out', heading: 'Log out', visit: (page) => page.goto(accountUrl(stack, 'logout')) },
];

/** What axe has against a page, and where. */
function findViolations(page) {
	return page.evaluate(async () => {
		const { violations } = await axe.run();

		return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)]);
	});
}

async function goThroughPages(person) {
	for (const { name, heading, visit } of pages) {
		await visit(person);
		assert.equal(await person.locator('h1').innerText(), inWordsOf(person, heading, { room: 'accessible' }), name);
		await person.evaluate(axe.source);
		for (const size of sizes)
			for (const colorScheme of ['light', 'dark']) {
				await person.setViewportSize(size);
				await person.emulateMedia({ colorScheme });
				assert.deepEqual(await findViolations(person), [], `${name}, ${colorScheme}, ${size.width}`);
			}
	}
}

const reducedMotion = 'reduce'; // or colours would be on their way

test('nothing is wrong with any page, in light and dark, wide, narrow and enlarged', async () => {
	await goThroughPages(await newPerson(browser, { reducedMotion }));
});

test('nor in Chinese', async () => {
	await goThroughPages(readInChinese(await newPerson(browser, { reducedMotion, locale: 'zh-CN' })));
});
