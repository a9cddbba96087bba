#!/usr/bin/env node
import { launch } from '../launch.js';

await launch('mock', process.argv.slice(2), 2);
