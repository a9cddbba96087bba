import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, start, succeeds } from './programs.js';

test('what is generated is what the contract and the modules say; npm run types writes it anew', async () => {
  const fresh = mkdtempSync(join(folder, 'generated-'));
  await succeeds(start(process.execPath, ['tools/generate.js', '--from', process.env.REPOSITORY, '--to', fresh]));
  const files = readdirSync(fresh, { recursive: true }).filter((name) => /\.(js|ts)$/.test(name)).sort();
  const committed = readdirSync(join(folder, 'mock', 'types')).map((name) => join('types', name));
  assert.deepEqual(files, ['contract.js', ...committed].sort());
  const read = (...path) => readFileSync(join(...path), 'utf8');
  for (const name of files) assert.equal(read(folder, 'mock', name), read(fresh, name), name);
  rmSync(fresh, { recursive: true });
});

test('tsc --strict over the example and every export', async () => {
  const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
  await succeeds(start(process.execPath, [tsc, '--project', 'test']));
});

test('tsc where little is declared and undefined is no optional member', async () => {
  const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags =
    '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --target es2022 --lib es2022,dom ' +
    '--typeRoots test --module esnext --moduleResolution bundler test/plain.ts';
  await succeeds(start(process.execPath, [tsc, ...flags.split(' ')]));
});
