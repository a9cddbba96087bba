// Writes the packages as tarballs that npm installs to a folder: those of both programs, and those with their binaries,
// which are built here. node tools/pack.js [--version V] [--only linux-x64|host] [--to FOLDER]
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const {
  values: { version, only, to: folder },
} = parseArgs({
  options: {
    version: { type: 'string', default: '0.0.0-dev' },
    only: { type: 'string' },
    to: { type: 'string', default: join(root, 'dist', 'npm') },
  },
});
const to = resolve(folder);
// Links of README.md are relative to the directory.
const repository = {
  type: 'git',
  url: 'git+https://github.com/clicksminuteper/connectmypairs-contract.git',
  directory: 'mockserver/npm',
};
const architectures = { x64: 'amd64', arm64: 'arm64' };
const systems = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const platforms = Object.keys(systems).flatMap((os) =>
  Object.keys(architectures).map((cpu) => ({ os, cpu, name: `${os}-${cpu}` })),
);
const host = `${process.platform}-${process.arch}`;
const built = platforms.filter(({ name }) => !only || name === (only === 'host' ? host : only));
if (!built.length)
  throw new Error(`unknown platform ${only}; use one of ${platforms.map(({ name }) => name).join(', ')}`);
const programs = { mock: 'mockserver', conformance: 'conformance' };

rmSync(to, { recursive: true, force: true });
const packages = [];
const pack = (folder, manifest) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, version, repository }, null, 2)}\n`);
  packages.push(folder);
};

for (const [name, program] of Object.entries(programs)) {
  const source = join(here, name);
  const folder = join(to, 'packages', name);
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  cpSync(join(here, 'mock', 'launch.js'), join(folder, 'launch.js'));
  cpSync(join(here, 'README.md'), join(folder, 'README.md'));
  if (name === 'mock') cpSync(join(root, 'mockserver/internal/config/schema.json'), join(folder, 'config.schema.json'));
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const binaries = platforms.map((platform) => [`@connectmypairs/${name}-${platform.name}`, version]);
  pack(folder, { ...manifest, optionalDependencies: Object.fromEntries(binaries) });

  for (const { os, cpu, name: platform } of built) {
    const folder = join(to, 'packages', `${name}-${platform}`);
    const file = join(folder, 'bin', program + (os === 'win32' ? '.exe' : ''));
    execFileSync(
      process.env.GO || 'go',
      ['build', '-trimpath', '-ldflags', '-s -w -buildid=', '-o', file, `./${program}`],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, CGO_ENABLED: '0', GOOS: systems[os], GOARCH: architectures[cpu] },
      },
    );
    chmodSync(file, 0o755);
    pack(folder, {
      name: `@connectmypairs/${name}-${platform}`,
      description: `The ${program} binary for ${platform}`,
      os: [os],
      cpu: [cpu],
      preferUnplugged: true,
      files: ['bin'],
    });
  }
}
execFileSync('npm', ['pack', '--silent', '--pack-destination', to, ...packages], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
rmSync(join(to, 'packages'), { recursive: true });
