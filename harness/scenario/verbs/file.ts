import path from 'node:path';
import { z } from 'zod';
import { quoted } from '../../base/index.ts';
import type { StepContext } from '../run.ts';
import { writeFileScript } from '../shell.ts';
import { verb } from './verb.ts';

const absolute = z.string().regex(/^\//, { error: 'not an absolute path' });
const where = {
  host: z.string(),
  path: absolute,
  then: z
    .union([z.literal('reload'), z.literal('restart')])
    .optional()
    .describe("what the host's services do after it"),
  'side by side': z.literal(true).optional().describe('a file that no other scenario would see: this one may run in an instance with others'),
};
const schema = z.union([
  z.strictObject({ ...where, content: z.string() }),
  z.strictObject({ ...where, append: z.string() }),
  z.strictObject({ ...where, replace: z.string().min(1), with: z.string() }),
]);

export const file = verb({
  name: 'file',
  description: 'changes a file on a host: its whole content, a text in it, or its end',
  schema,
  examples: [
    { host: 'mx', path: '/etc/aliases', append: 'info: alice\n', then: 'reload' },
    { host: 'mx', path: '/etc/exim4/exim4.conf', replace: 'message_size_limit = 10M', with: 'message_size_limit = 1M', then: 'restart' },
    { host: 'mx', path: '/etc/motd', content: 'hello\n' },
  ],
  given: true,
  changes: (value) => value['side by side'] !== true,
  summary: (value) => `file ${value.host}:${value.path}${value.then === undefined ? '' : `, then ${value.then}`}`,
  check: (value, context) => {
    context.host(['host'], value.host);
  },
  run: async (value, context) => {
    const { host, then } = value;
    const before = await read(host, value.path, context);
    context.undo(`file ${host}:${value.path}`, async () => {
      if (before === undefined) await sh(host, `rm -f ${quoted(value.path)}`, context);
      else await sh(host, writeFileScript(value.path, before), context);
      if (then !== undefined) await context.run.hub.host({ host, action: then });
    });
    await sh(host, `mkdir -p ${quoted(path.dirname(value.path))} && ${writeFileScript(value.path, after(value, before, context))}`, context);
    if (then !== undefined) await context.run.hub.host({ host, action: then });
  },
});

function after(value: z.infer<typeof schema>, before: Buffer | undefined, context: StepContext): Buffer {
  if ('content' in value) return Buffer.from(value.content);
  if (before === undefined) return context.fail(['path'], `host ${value.host} has no file ${value.path}`);
  if ('append' in value) return Buffer.concat([before, Buffer.from(value.append)]);
  const text = before.toString('utf8');
  if (!text.includes(value.replace)) return context.fail(['replace'], `${value.host}:${value.path} does not contain ${JSON.stringify(value.replace)}`);
  return Buffer.from(text.replaceAll(value.replace, () => value.with));
}

/** Undefined when there is no such file. */
async function read(host: string, file: string, context: StepContext): Promise<Buffer | undefined> {
  const { status, output } = await context.run.hub.exec({ host, script: `[ -e ${quoted(file)} ] || exit 44; base64 < ${quoted(file)}` });
  if (status === 44) return undefined;
  if (status !== 0) return context.fail(['path'], `host ${host}: reading ${file} ended with status ${status}: ${output.trim()}`);
  return Buffer.from(output, 'base64');
}

async function sh(host: string, script: string, context: StepContext): Promise<void> {
  const { status, output } = await context.run.hub.exec({ host, script });
  if (status !== 0) context.fail(['path'], `host ${host}: the change ended with status ${status}: ${output.trim()}`);
}
