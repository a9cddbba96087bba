#!/usr/bin/env node
import { launch } from '../launch.js';
import { readServe, serve } from '../serve.js';

const help = `
Flag of this package, in place of --url
  --serve=FILE    Judge what FILE exports: handlers of MSW, or a function like fetch.`;

const { file, args } = readServe(process.argv.slice(2));
// What the file does, such as an exception that nobody catches, must not pass for a verdict.
let ended = false;
process.on('exit', () => {
  if (ended) return;
  console.error(`connectmypairs-conformance: ${file} ended this process before the run was over; there is no verdict`);
  process.exitCode = 3;
});
try {
  if (file !== undefined && args.some((arg) => arg === '--url' || arg.startsWith('--url=')))
    throw new Error('--serve and --url each say what to judge; give one of them');
  const served = file === undefined ? undefined : await serve(file);
  await launch('conformance', [...args, ...(served?.args ?? [])], 3);
  served?.close();
  if (args.some((arg) => arg === '--help' || arg === '-h')) console.log(help);
} catch (error) {
  console.error(`connectmypairs-conformance: ${error.message}`);
  process.exitCode = 2;
} finally {
  ended = true;
}
