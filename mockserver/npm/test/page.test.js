// The example form, built: a page with no server beside it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { npmRun, signup, start, succeeds } from './programs.js';

const { CHROMIUM, FIREFOX } = process.env;

describe('a built page with no server beside it, which mocks in a service worker', { concurrency: 2 }, () => {
  before(() => succeeds(npmRun('build:static')));
  const headless = {
    CHROMIUM: (url, profile) =>
      start(CHROMIUM, [...'--headless --no-sandbox --disable-gpu --disable-quic --no-first-run'.split(' '),
        '--disable-background-networking', '--remote-debugging-port=0', `--user-data-dir=${profile}`, url]),
    FIREFOX: (url, profile) => start(FIREFOX, ['--headless', '--no-remote', '--profile', profile, url]),
  };
  for (const [name, open] of Object.entries(headless).filter(([name]) => process.env[name])) {
    test(`in ${name === 'CHROMIUM' ? 'Chromium' : 'Firefox'}`, async () => {
      const profile = mkdtempSync(join(tmpdir(), 'profile-'));
      const { url, report, close } = await serveStatic(join(signup, 'dist-static'));
      const browser = open(url, profile);
      const said = await report;
      browser.child.kill();
      await browser.ended;
      close();
      rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
      assert.deepEqual(said, [
        'Welcome, Lucy! Your account is private.',
        'The name alice is taken. Please try another one.',
        'Please check what you entered: Privacy was invalid.',
        'You cannot sign up from here right now. Please contact support.',
      ]);
    });
  }
});

/** Serves a folder, and in its page a script that uses the form and reports what it says. The API is not there. */
async function serveStatic(root) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
  const drive = `<script type="module">
    const until = async (found) => {
      for (;;) {
        const value = found();
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const said = JSON.parse(sessionStorage.said ?? '[]');
    const signUp = async (name, privacy) => {
      const form = await until(() => document.forms[0]);
      form.elements.name.value = name;
      form.elements.privacy.value = privacy;
      const before = form.querySelector('[role=status]').textContent;
      form.requestSubmit();
      const text = () => form.querySelector('[role=status]').textContent;
      said.push(await until(() => text() !== before && text()));
    };
    if (!location.search) {
      await signUp('Lucy', 'Private');
      await signUp('alice', 'Public');
      await signUp('bob', 'Friends');
      sessionStorage.said = JSON.stringify(said);
      location.search = 'blocked';
    } else {
      await signUp('bob', 'Public');
      await fetch('/report', { method: 'POST', body: JSON.stringify(said) });
    }
  </script>`;
  let tell;
  const report = new Promise((resolve) => {
    tell = resolve;
  });
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, 'http://localhost');
    if (pathname === '/report') {
      let body = '';
      incoming
        .on('data', (text) => {
          body += text;
        })
        .on('end', () => {
          outgoing.end();
          tell(JSON.parse(body));
        });
      return;
    }
    const file = pathname === '/' ? '/index.html' : pathname;
    try {
      const content = readFileSync(join(root, file), file === '/index.html' ? 'utf8' : undefined);
      outgoing.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
      outgoing.end(file === '/index.html' ? content.replace('</body>', `${drive}</body>`) : content);
    } catch {
      outgoing.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, report, close };
}
