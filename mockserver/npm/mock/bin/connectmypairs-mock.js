#!/usr/bin/env node
import { launch } from '../launch.js';

const args = process.argv.slice(2);
// A server must not outlive this process, not even one that was killed. What config prints is for another server.
await launch('mock', args, 2, args[0] === 'config' ? undefined : { MOCKSERVER_EXIT_WITH_STDIN: 'true' });
