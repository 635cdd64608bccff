import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { MailproofError, messageOf } from '../../base/index.ts';
import { COMPILED, hashOf, REPOSITORY, sourceFiles } from './context.ts';

const ENTRY = 'harness/internet/server/main.ts';

/** Where a package has the hub's program, bundled when it was packed, and the hash of what it was made of. */
export const HUB_PROGRAM = { program: 'dist/hub/hub.mjs', hash: 'dist/hub/hash' } as const;

/** Changes whenever the hub's program does: its sources, and the locked versions of what they import. */
export async function hubSourcesHash(): Promise<string> {
  if (COMPILED) return readFile(path.join(REPOSITORY, HUB_PROGRAM.hash), 'utf8');
  const sources = await sourceFiles(['harness/internet', 'harness/base']);
  return hashOf(sources, [await readFile(path.join(REPOSITORY, 'package-lock.json'), 'utf8')]);
}

/** The hub's program and all it imports in one file. @throws MailproofError IMAGE_FAILED */
export async function bundleHub(entry: string = path.join(REPOSITORY, ENTRY)): Promise<Buffer> {
  if (COMPILED) return readFile(path.join(REPOSITORY, HUB_PROGRAM.program));
  // Only needed to build: a start that finds its images does not wait for Vite.
  const { build } = await import('vite');
  try {
    const built = await build({
      configFile: false,
      envFile: false,
      root: REPOSITORY,
      logLevel: 'error',
      ssr: { target: 'node', noExternal: true },
      build: {
        ssr: entry,
        write: false,
        target: 'node24',
        minify: false,
        // A map in the file is 9 MB more to read at each start; names and comments stay, so that traces can be read without.
        sourcemap: false,
        rolldownOptions: {
          external: [...builtinModules, /^node:/],
          output: { format: 'esm', codeSplitting: false, entryFileNames: 'hub.mjs' },
        },
      },
    });
    const outputs = Array.isArray(built) ? built : [built];
    for (const output of outputs) {
      if (!('output' in output)) continue;
      const [chunk] = output.output;
      return Buffer.from(chunk.code);
    }
    throw new Error('Vite built nothing');
  } catch (cause) {
    throw new MailproofError('IMAGE_FAILED', `the hub's program (${ENTRY}) could not be bundled: ${messageOf(cause)}`, { cause });
  }
}
