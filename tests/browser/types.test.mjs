// SPDX-License-Identifier: MIT
// The library's types as the compiler of TypeScript sees them: a program that is right compiles, one
// that is wrong does not, and they say of the source what is so.

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = path.join(here, '../../web/static/js');
const folder = await mkdtemp(path.join(os.tmpdir(), 'roomwire-types-'));

after(() => rm(folder, { recursive: true }));
// Apart: beside its source a declaration would hide it.
for (const name of ['declared', 'source'])
	await mkdir(path.join(folder, name));
await cp(path.join(sources, 'roomwire.d.ts'), path.join(folder, 'declared/roomwire.d.ts'));
for (const name of await readdir(sources))
	if (name.endsWith('.js'))
		await symlink(path.join(sources, name), path.join(folder, 'source', name));
await cp(path.join(here, 'types'), folder, { recursive: true });

/** @returns {{line: number, text: string}[]} what the compiler has against a program */
function problemsOf(name) {
	const program = ts.createProgram([path.join(folder, name)], {
		noEmit: true, strict: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
		moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
		types: [], allowJs: true, checkJs: false, preserveSymlinks: true,
	});

	return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
		line: file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1,
		text: `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
	}));
}

test('a program that is right compiles', () => {
	assert.deepEqual(problemsOf('sample.ts'), []);
});

test('a program that is wrong does not, line by line', async () => {
	const lines = (await readFile(path.join(here, 'types/wrong.ts'), 'utf8')).split('\n');
	const wrong = lines.flatMap((line, i) => (line.endsWith('// wrong') ? [i + 1] : []));
	const found = new Set(problemsOf('wrong.ts').map(({ line }) => line));

	assert.ok(wrong.length > 10);
	assert.deepEqual([...found].sort((a, b) => a - b), wrong);
});

test('they say of the source what is so', () => {
	assert.deepEqual(problemsOf('held.ts'), []);
});
