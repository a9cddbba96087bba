#!/usr/bin/env node
import { launch } from '../launch.js';
import { readServe, serve } from '../serve.js';

const { file, args } = readServe(process.argv.slice(2));
try {
  const served = file === undefined ? undefined : await serve(file);
  await launch('conformance', [...args, ...(served?.args ?? [])], 3);
  served?.close();
} catch (error) {
  console.error(`connectmypairs-conformance: ${error.message}`);
  process.exitCode = 2;
}
