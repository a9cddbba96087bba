// Times the way from a command to the first 201, for each way to start the installed mock, beside an empty program:
// once, or as often as ROUNDS says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startMock } from '@connectmypairs/mock';

const rounds = Number(process.env.ROUNDS || 1);
const shell = process.platform === 'win32';
const scripts = resolve('node_modules', '.bin');
const empty = join(scripts, 'empty-program');
writeFileSync(empty, "#!/usr/bin/env node\nconsole.log('ready');\n");
chmodSync(empty, 0o755);

async function create(baseURL) {
  const { status } = await fetch(`${baseURL}/users/`, { method: 'POST', headers: { Username: 'alice' } });
  if (status !== 201) throw new Error(`the first answer is a ${status}`);
}

/** Runs a command until it has said something and, when that is a URL, has created an account. */
async function first(command, ...args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], shell });
  const ended = once(child, 'close');
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  if (said.startsWith('http')) await create(said.trim());
  return async () => {
    child.kill();
    await ended;
  };
}

const ways = {
  'an empty program': () => first(empty),
  'connectmypairs-mock': () => first(join(scripts, 'connectmypairs-mock'), '--listen', 'localhost:0'),
  'npx empty-program': () => first('npx', 'empty-program'),
  'npx connectmypairs-mock': () => first('npx', 'connectmypairs-mock', '--listen', 'localhost:0'),
  startMock: async () => {
    const mock = await startMock();
    await create(mock.baseURL);
    return mock.stop;
  },
};
const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (let round = 0; round < rounds; round++) {
  for (const [way, start] of Object.entries(ways)) {
    const began = performance.now();
    const stop = await start();
    times[way].push(performance.now() - began);
    await stop();
  }
}
console.log(`from the command to the first 201${rounds > 1 ? `, median of ${rounds}` : ''}:`);
for (const [way, all] of Object.entries(times)) {
  console.log(`  ${way}: ${all.sort((a, b) => a - b)[Math.floor(rounds / 2)].toFixed(0)} ms`);
}
