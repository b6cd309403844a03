// SPDX-License-Identifier: MIT
// What stands on a page in its person's language: tests name buttons and fields in English.

import { readFileSync } from 'node:fs';

const ENTRY = /^msgid (".*")\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? (".*")$/gm;
const catalogue = readFileSync(new URL('../../web/locale/zh_CN.po', import.meta.url), 'utf8');
const chinese = new Map([...catalogue.matchAll(ENTRY)].map(([, message, text]) => [JSON.parse(message), JSON.parse(text)]));

/** Makes a page one of Chinese words. It has to ask for that language, too (locale). */
export function readInChinese(page) {
	page.isChinese = true;
	return page;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} message as the source has it
 * @param {Record<string, string>} [values]
 * @returns {string} what the page says
 */
export function inWordsOf(page, message, values = {}) {
	const text = page.isChinese ? chinese.get(message) ?? message : message;

	return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
