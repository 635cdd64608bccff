import { z } from 'zod';
import { parseDuration } from '../../base/index.ts';
import type { StepContext } from '../run.ts';
import { type AnyVerb, verb } from './verb.ts';

const pair = z.tuple([z.string(), z.string()]).describe('two hosts, or a host and an outside domain or address');

function linkVerb(action: 'cut' | 'heal', description: string): AnyVerb {
  return verb({
    name: action,
    description,
    schema: pair,
    examples: [['mx', 'store']],
    given: false,
    changes: () => true,
    summary: (between) => `${action} ${between.join(' and ')}`,
    check: (between, context) => {
      between.forEach((end, index) => {
        context.end([index], end);
      });
    },
    run: async (between, context) => {
      if (action === 'cut') healLater(between, context);
      else context.run.down.delete(linkName(between));
      await context.run.hub.link({ action, between });
    },
  });
}

export const cut = linkVerb('cut', 'no packet passes between the two any more');
export const heal = linkVerb('heal', 'takes `cut` and `slow` back');

export const slow = verb({
  name: 'slow',
  description: 'packets between the two are delayed or lost',
  schema: z
    .strictObject({
      between: pair,
      delay: z
        .string()
        .refine((text) => parseDuration(text) !== undefined, { error: 'not a duration such as 200ms' })
        .optional(),
      'lose one in': z.int().min(2).optional(),
    })
    .refine((value) => value.delay !== undefined || value['lose one in'] !== undefined, { error: 'neither "delay" nor "lose one in" is given' }),
  examples: [{ between: ['mx', 'store'], delay: '200ms', 'lose one in': 10 }],
  given: false,
  changes: () => true,
  summary: (value) => `slow ${value.between.join(' and ')}`,
  check: (value, context) => {
    value.between.forEach((end, index) => {
      context.end(['between', index], end);
    });
  },
  run: async (value, context) => {
    healLater(value.between, context);
    await context.run.hub.link({
      action: 'slow',
      between: value.between,
      ...(value.delay === undefined ? {} : { delayMs: parseDuration(value.delay) ?? 0 }),
      ...(value['lose one in'] === undefined ? {} : { loseOneIn: value['lose one in'] }),
    });
  },
});

const linkName = (between: readonly string[]): string => `link ${[...between].sort().join(' ')}`;

function healLater(between: [string, string], context: StepContext): void {
  const { run } = context;
  run.down.add(linkName(between));
  context.undo(`heal ${between.join(' and ')}`, async () => {
    if (run.down.delete(linkName(between))) await run.hub.link({ action: 'heal', between });
  });
}
