import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, start } from './programs.js';

test('what is generated is what the contract and the modules say; npm run types writes it anew', async () => {
  const fresh = mkdtempSync(join(folder, 'generated-'));
  const { code, stdout, stderr } = await start(process.execPath, ['tools/generate.js', '--from', process.env.REPOSITORY, '--to', fresh]).ended;
  assert.equal(code, 0, stdout + stderr);
  const files = readdirSync(fresh, { recursive: true }).filter((name) => /\.(js|ts)$/.test(name)).sort();
  const committed = readdirSync(join(folder, 'mock', 'types')).map((name) => join('types', name));
  assert.deepEqual(files, ['contract.js', ...committed].sort());
  for (const name of files) assert.equal(readFileSync(join(folder, 'mock', name), 'utf8'), readFileSync(join(fresh, name), 'utf8'), name);
  rmSync(fresh, { recursive: true });
});
