// Writes what the packages have from the contract, the endpoint's bodies and assumptions and the types of both APIs,
// and the types of their modules: node tools/generate.js [--from REPOSITORY] [--to FOLDER]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';

const {
  values: { from, to },
} = parseArgs({
  options: {
    from: { type: 'string', default: fileURLToPath(new URL('../../..', import.meta.url)) },
    to: { type: 'string', default: fileURLToPath(new URL('../mock', import.meta.url)) },
  },
});
const source = fileURLToPath(new URL('../mock', import.meta.url));
const read = (path) => readFileSync(join(from, path), 'utf8');
const write = (name, origin, text) =>
  writeFileSync(join(to, name), `// Generated from ${origin} by npm run types; do not edit.\n${text}`);

mkdirSync(join(to, 'types'), { recursive: true });
const constant = (name) => new RegExp(`\\b${name} = "(.*)"`).exec(read('fixtures/fixtures.go'))[1];
const answers = Object.fromEntries(
  [201, 400, 403, 409].map((status) => [status, JSON.parse(read(`fixtures/bodies/${status}.json`))]),
);
const assumptions = JSON.parse(read('fixtures/assumptions.json')).map(({ id, kind, default: value, values }) => ({
  id,
  kind,
  value,
  values: values?.map((choice) => choice.value),
}));
const lines = (value) =>
  JSON.stringify(value).replaceAll('},', '},\n  ').replaceAll(',"values"', ',\n    "values"');
write(
  'contract.js',
  'fixtures',
  `
export const basePath = ${JSON.stringify(constant('BasePath'))};

export const defaultPrivacy = ${JSON.stringify(constant('DefaultPrivacy'))};

/** @type {Record<string, Record<string, string>>} */
export const answers = ${lines(answers)};

/** @type {{ id: string, kind: string, value: string, values?: string[] }[]} */
export const assumptions = ${lines(assumptions)};
`,
);

for (const [name, path] of [
  ['endpoint-api', 'fixtures/openapi.yaml'],
  ['control-api', 'mockserver/internal/control/control-openapi.yaml'],
]) {
  const types = astToString(await openapiTS(pathToFileURL(join(from, path)), { alphabetize: true }));
  write(join('types', `${name}.d.ts`), path, types);
}

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const modules = ['index', 'handler', 'msw', 'global-setup', 'playwright', 'vitest', 'vite'];
const flags =
  '--allowJs --checkJs --strict --declaration --emitDeclarationOnly --stripInternal --skipLibCheck --target esnext ' +
  '--module nodenext --types node';
const folders = ['--rootDir', source, '--outDir', join(to, 'types')];
const files = modules.map((name) => join(source, `${name}.js`));
execFileSync(process.execPath, [tsc, ...flags.split(' '), ...folders, ...files], { stdio: 'inherit' });
