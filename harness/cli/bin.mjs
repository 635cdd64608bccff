#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on whatever Node the machine has, and hand over to Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// A checkout runs its sources; a package has them compiled.
const sources = fileURLToPath(new URL('./main.ts', import.meta.url));
const main = existsSync(sources) ? sources : fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WANTED_MAJOR = 24;

function bundledNode() {
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve('node/package.json'));
    return [path.join(folder, 'bin', 'node'), path.join(folder, 'bin', 'node.exe')].find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) {
  await import(main);
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `mailproof needs Node ${WANTED_MAJOR}; this is ${process.version}, and the npm package "node" is not installed. Run: ${main === sources ? 'npm ci' : `npm install --save-dev node@${WANTED_MAJOR}`}`,
    );
    process.exit(4);
  }
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both; this one waits for the other to clean up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 130));
}
