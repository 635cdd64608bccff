/** What `npm pack` does first: makes dist/ of harness/, since Node strips no types below node_modules, and the hub's program in one file. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundleHub, HUB_PROGRAM, hubSourcesHash } from '../engine/index.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const DIST = path.join(ROOT, 'dist');

rmSync(DIST, { recursive: true, force: true });
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const compile = (...args: string[]): Buffer => execFileSync(process.execPath, [tsc, ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
compile('-p', 'tsconfig.build.json');
// The live page's program runs in a browser: other types, and no import of the rest leads to it.
compile('-p', 'harness/ui/page', '--noEmit', 'false', '--rootDir', 'harness', '--outDir', 'dist', '--rewriteRelativeImportExtensions');

// tsc rewrites the endings of imports in what it emits, but not in declarations.
for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.d.ts'))) {
  const file = path.join(DIST, name);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/((?:from |import |import\()(['"])\.{1,2}\/[^'"\n]+)\.ts\2/g, '$1.js$2'));
}

mkdirSync(path.join(ROOT, path.dirname(HUB_PROGRAM.program)), { recursive: true });
writeFileSync(path.join(ROOT, HUB_PROGRAM.program), await bundleHub());
writeFileSync(path.join(ROOT, HUB_PROGRAM.hash), await hubSourcesHash());
