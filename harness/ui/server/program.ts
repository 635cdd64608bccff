import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DRAWING_STYLE, STYLE } from '../../report/index.ts';
import { PAGE_STYLE } from './style.ts';

const FOLDER = path.join(import.meta.dirname, '..', 'page');
/** Where the page's program begins: TypeScript in a checkout, compiled in the package. */
const MAIN = ['main.ts', 'main.js'].map((name) => path.join(FOLDER, name)).find((file) => existsSync(file));

/** What stands in the document, so that one request brings all of it: Chromium gives requests up whenever a network of the machine comes or goes, as those of worlds do. */
export interface Program {
  script: string;
  style: string;
  /** Everything that a browser may do with the page: this program, this style, and requests to where it came from. */
  policy: string;
}

/** The page's program in one text, and its style. */
export async function readProgram(): Promise<Program> {
  const script = await bundle();
  const style = [STYLE, DRAWING_STYLE, PAGE_STYLE].join('\n');
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { script, style, policy };
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

async function bundle(): Promise<string> {
  if (MAIN === undefined) throw new Error(`the page's program is not in ${FOLDER}`);
  // Other commands do not wait for Vite.
  const { build } = await import('vite');
  const built = await build({
    configFile: false,
    envFile: false,
    root: FOLDER,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      modulePreload: false,
      rolldownOptions: { input: MAIN, output: { format: 'iife', codeSplitting: false } },
    },
  });
  for (const output of Array.isArray(built) ? built : [built]) {
    if (!('output' in output)) continue;
    const [chunk] = output.output;
    // In a document a script ends at the first end tag, wherever that stands.
    return chunk.code.replaceAll('</script', '<\\/script');
  }
  throw new Error('Vite built nothing');
}
