// A registry of npm with the packages of a folder of tarballs and no others, so that a test installs them as a user
// does: by name, and of the optional ones only those for this platform.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/**
 * @param {string} folder
 * @returns {Promise<{ url: string, tarballs: { name: string, size: number }[], close: () => void }>} sizes in bytes
 */
export async function serveRegistry(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const packages = files.map((file) => {
    const tarball = readFileSync(join(folder, file));
    const manifest = execFileSync('tar', ['-xzOf', join(folder, file), 'package/package.json'], { encoding: 'utf8' });
    return { tarball, manifest: JSON.parse(manifest), file };
  });
  const server = createServer(({ url }, answer) => {
    const path = decodeURIComponent(url);
    const asked = packages.find(({ manifest, file }) => path === `/${manifest.name}` || path === `/-/${file}`);
    if (!asked) return answer.writeHead(404).end();
    const { tarball, manifest, file } = asked;
    if (path === `/-/${file}`) return answer.end(tarball);
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const version = { ...manifest, dist: { tarball: `${root}/-/${file}`, integrity } };
    return answer.setHeader('Content-Type', 'application/json').end(
      JSON.stringify({
        name: manifest.name,
        'dist-tags': { latest: manifest.version },
        versions: { [manifest.version]: version },
      }),
    );
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const root = `http://127.0.0.1:${server.address().port}`;
  const tarballs = packages.map(({ manifest, tarball }) => ({ name: manifest.name, size: tarball.length }));
  return { url: root, tarballs, close: () => server.close() };
}
