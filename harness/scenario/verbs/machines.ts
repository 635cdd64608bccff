import { z } from 'zod';
import type { HostRequest } from '../../internet/index.ts';
import { forgetMailboxes } from '../imap-pool.ts';
import type { StepContext } from '../run.ts';
import { type AnyVerb, verb } from './verb.ts';

const part = z.string().regex(/^[a-z][\w-]*(\/[\w-]+)?$/, { error: 'not a host or host/service' });
const whole = z.string().regex(/^[a-z][\w-]*$/, { error: 'not a host; a single service can only be stopped' });

const DESCRIPTIONS = {
  stop: 'stops hosts or services in an orderly way; a stopped host cannot be reached',
  start: 'starts what was stopped, killed or paused, and waits until it is ready',
  kill: 'ends hosts at once, as a power loss does',
  pause: 'freezes hosts; `start` resumes them',
  restart: 'stops and starts hosts or services, and waits until they are ready',
} as const;
type Action = keyof typeof DESCRIPTIONS;

function machineVerb(action: Action): AnyVerb {
  const wholeHosts = action === 'kill' || action === 'pause';
  const target = wholeHosts ? whole : part;
  return verb({
    name: action,
    description: DESCRIPTIONS[action],
    schema: z.union([target, z.array(target).min(1)]),
    examples: ['store', ...(wholeHosts ? [] : ['mx/exim']), ['mx', 'store']],
    given: false,
    changes: () => true,
    summary: (value) => `${action} ${[value].flat().join(', ')}`,
    check: (value, context) => {
      for (const [index, one] of [value].flat().entries()) {
        const path = typeof value === 'string' ? [] : [index];
        const [host = '', service] = one.split('/');
        const model = context.model.hosts.find((candidate) => candidate.name === host);
        if (context.host(path, host) && service !== undefined && model?.services !== undefined) context.known(path, 'service', service, model.services);
      }
    },
    run: async (value, context) => {
      await Promise.all([value].flat().map((one) => act(action, one, context)));
    },
  });
}

async function act(action: Action, target: string, context: StepContext): Promise<void> {
  const { run } = context;
  const [host = '', service] = target.split('/');
  const request: HostRequest = { host, action, ...(service === undefined ? {} : { service }) };
  forgetMailboxes(run.world);
  if (action === 'start' || action === 'restart') {
    await run.hub.host(request);
    run.down.delete(target);
    return;
  }
  run.down.add(target);
  context.undo(`start ${target}`, async () => {
    if (run.down.delete(target)) await run.hub.host({ ...request, action: 'start' });
  });
  await run.hub.host(request);
}

export const machineVerbs: readonly AnyVerb[] = (['stop', 'start', 'kill', 'pause', 'restart'] as const).map(machineVerb);
