// Installs the packages from their tarballs into an empty folder, with no Go on the PATH, and runs the tests and
// examples there: node tools/test.js [FOLDER-OF-TARBALLS [PATTERN]]
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveRegistry } from './registry.js';

const [, , tarballs = fileURLToPath(new URL('../../../dist/npm', import.meta.url)), pattern = ''] = process.argv;
const here = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'a new projekt für Zoë ')); // spaces and letters beyond ASCII, as some have
process.on('exit', () =>
  process.env.KEEP ? console.log(`kept: ${folder}`) : rmSync(folder, { recursive: true, force: true }),
);

const withoutGo = join(folder, 'bin');
mkdirSync(withoutGo);
writeFileSync(join(withoutGo, 'go'), '#!/bin/sh\necho "there is no Go here" >&2\nexit 127\n');
chmodSync(join(withoutGo, 'go'), 0o755);
const env = { ...process.env, PATH: withoutGo + delimiter + process.env.PATH };

for (const name of ['tools', 'mock', 'test', 'examples']) {
  cpSync(join(here, name), join(folder, name), { recursive: true, filter: (path) => !path.includes('node_modules') });
}
const { devDependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
const dependencies = { '@connectmypairs/mock': '*', '@connectmypairs/conformance': '*' };
const manifest = { private: true, type: 'module', dependencies, devDependencies };
// With a lock file of the tools alone, npm pins these and asks the registry for the packages.
lock.packages[''] = manifest;
writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
cpSync(join(here, '.npmrc'), join(folder, '.npmrc'));

const registry = await serveRegistry(resolve(tarballs));
const run = (command, args, more = {}) =>
  new Promise((resolve, reject) => {
    spawn(command, args, {
      cwd: folder,
      stdio: 'inherit',
      env: { ...env, ...more },
      shell: process.platform === 'win32',
    })
      .on('error', reject)
      .on('exit', (code, signal) =>
        code === 0 ? resolve() : reject(new Error(`${command} ${args[0]}: ${signal ?? code}`)),
      );
  });
let started = performance.now();
const took = (what) => {
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  started = performance.now();
};
try {
  await run('npm', [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-progress',
    `--@connectmypairs:registry=${registry.url}`,
  ]);
  took('installed from the tarballs');
  for (const { name, size } of registry.tarballs) {
    console.log(`  ${name}: ${(size / 2 ** 20).toFixed(2)} MiB`);
    if (name.startsWith('@connectmypairs/mock') && size >= 8 * 2 ** 20) throw new Error(`${name} has 8 MiB or more`);
  }
  await run('node', ['tools/first-answer.js']);
  took('timed');
  const tests = readdirSync(join(folder, 'test')).filter((name) => name.endsWith('.test.js'));
  const flags = ['--test', '--test-reporter=spec', '--test-timeout=600000', '--test-concurrency=2'];
  if (pattern) flags.push(`--test-name-pattern=${pattern}`);
  await run('node', [...flags, ...tests.map((name) => `test/${name}`)], { REPOSITORY: root });
  took('tested');
} catch (error) {
  console.error(`test-npm: ${error.message}`);
  process.exitCode = 1;
} finally {
  registry.close();
}
