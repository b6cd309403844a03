// SPDX-License-Identifier: MIT
// The browser, and what every page of a test is watched for: dialogs, errors of scripts and
// violations of the content security policy fail the test that caused them.

import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { installFakeSocket } from './fake_socket.mjs';

const LEAVE_MS = 30_000;
const sources = fileURLToPath(new URL('../../web/static/js/', import.meta.url));
const launchOptions = {
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: [
		'--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync', '--disable-quic',
		// The last such list counts, so that this one repeats what matters of Playwright's: how pages and their contexts
		// close. A page that a test fills in itself has no address, and may not open sockets to this host.
		'--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,OptimizationHints,'
			+ 'LocalNetworkAccessChecks',
	],
};

/** @param {{isRemembering?: boolean}} [options] isRemembering: Back shows pages as they were left, as it does for people */
export function launch({ isRemembering = false } = {}) {
	return chromium.launch({
		...launchOptions,
		...(isRemembering && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
	});
}

/**
 * A person: a browser profile of their own, with one page.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function newPerson(browser, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	/** @type {string[]} */
	const complaints = [];

	page.on('dialog', (dialog) => {
		complaints.push(`dialog: ${dialog.message()}`);
		dialog.dismiss().catch(() => {});
	});
	page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
	await page.exposeBinding('complain', (_, text) => complaints.push(text));
	await page.addInitScript(() => {
		addEventListener('securitypolicyviolation', (event) => complain(`policy: ${event.violatedDirective}`));
	});
	page.assertQuiet = () => assert.deepEqual(complaints, []);
	return page;
}

/** Modules of the client by themselves, below /source/: what the site serves is one file. */
export function serveSources(page) {
	return page.route('**/source/*.js', (route) => route.fulfill({
		path: path.join(sources, path.basename(new URL(route.request().url()).pathname)), contentType: 'text/javascript',
	}));
}

/** A page that can import them, with a clock that stands still and sockets of the test's own. */
export async function openSourcePage(browser, stack) {
	const page = await newPerson(browser);

	await serveSources(page);
	await page.goto(stack.url);
	await page.clock.install({ time: 0 });
	await page.clock.pauseAt(1_000); // else it goes on by itself, too
	await page.evaluate(installFakeSocket);
	return page;
}

/**
 * A page that can import them and has nothing else: for those that need no server.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} body
 */
export async function openBarePage(browser, body = '') {
	const page = await newPerson(browser);

	await page.route('http://modules.example/', (route) => route.fulfill({
		body: `<!DOCTYPE html><html lang="en"><title>Modules</title><body>${body}</body></html>`, contentType: 'text/html',
	}));
	await serveSources(page);
	await page.goto('http://modules.example/');
	return page;
}

/**
 * After each test: everybody leaves. Who is not gone by then goes with the browser: Chromium sometimes never answers
 * Target.disposeBrowserContext.
 *
 * @param {import('playwright-core').Browser} browser
 */
export async function closePeople(browser) {
	const leaving = browser.contexts().map((context) => context.close());

	await Promise.race([Promise.all(leaving), pause(LEAVE_MS, undefined, { ref: false })]);
}

/**
 * Waits until a page that has been opened is connected by a socket. Where a welcome takes three seconds the page takes
 * another way, which stories of sockets do not mean: it is loaded again.
 */
export async function waitForSocket(page) {
	const connected = await page.waitForSelector('#connection[data-state="connected"]');

	if (await connected.getAttribute('data-transport') === 'websocket')
		return;
	await page.reload();
	await waitForSocket(page);
}

/** Opens a room and waits until it is connected. */
export async function enterRoom(page, stack, room) {
	await page.goto(stack.roomUrl(room));
	await waitForSocket(page);
}

/** Writes as a person does, and sends with Enter. */
export async function say(page, text) {
	await page.locator('#chat-message-input').fill(text);
	await page.locator('#chat-message-input').press('Enter');
}

/**
 * Says much at once, as a plain client of the page's person.
 *
 * @param {import('playwright-core').Page} page on the stack's site, in any room
 * @param {string} room
 * @param {string[]} texts
 */
export function sayAll(page, room, texts) {
	return page.evaluate(([room, texts]) => new Promise((resolve, reject) => {
		const socket = new WebSocket(`ws://${location.host}/ws/chat/${encodeURIComponent(room)}/`);

		socket.onopen = () => texts.forEach((message) => socket.send(JSON.stringify({ message })));
		socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
		socket.onmessage = ({ data }) => {
			if (JSON.parse(data).error !== undefined)
				reject(new Error(data));
			if (JSON.parse(data).message === texts.at(-1))
				resolve();
		};
	}), [room, texts]);
}

/** @param {number} count @param {string} word @returns {string[]} "word 1", "word 2", … */
export function numbered(count, word) {
	return Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);
}

/** The texts of all messages in the list, oldest first. */
export function messagesOf(page) {
	return page.locator('#chat-log .message-text').allTextContents();
}

/** Waits until a message stands in the list. */
export function waitForMessage(page, text) {
	return page.locator('#chat-log .message-text').getByText(text, { exact: true }).first().waitFor();
}

/** Scrolls the log, and waits for the frame in which the page hears of it. */
export function scrollTo(page, top) {
	return page.locator('#log').evaluate((log, top) => {
		log.scrollTop = top;
		return new Promise(requestAnimationFrame);
	}, top);
}

/** Waits until the end of the log is in sight: the page follows once a frame. */
export function waitForEnd(page) {
	return page.waitForFunction(() => {
		const log = document.getElementById('log');

		return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
	});
}
