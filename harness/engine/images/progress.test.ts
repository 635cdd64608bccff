import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { findOrInstallEngine } from '../discover.ts';
import { tarChunks } from '../tar.ts';
import { followToEnd } from './progress.ts';

test('a build that fails is a failure, in the words of the command that failed', { timeout: 60_000 }, async () => {
  const { docker } = await findOrInstallEngine(() => {});
  const content = Buffer.from('FROM scratch\nCOPY nothing-here /\n');
  const stream = await docker.buildImage(Readable.from(tarChunks([{ path: 'Dockerfile', mode: 0o644, content }])), { forcerm: true });
  const said: string[] = [];
  await expect(followToEnd(docker, stream, (line) => said.push(line))).rejects.toThrow(/nothing-here/);
  expect(said[0]).toMatch(/^Step 1\/2 : FROM scratch/);
});
