import { z } from 'zod';
import type { Path } from '../../base/index.ts';
import type { HostRequest } from '../../internet/index.ts';
import { joinedManifest } from '../../world/index.ts';
import type { CheckContext } from '../check-context.ts';
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
  reload: 'makes hosts or services read their configuration again, as an administrator does; nothing is put back',
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
        if (context.host(path, host) && service !== undefined) checkService(action, host, service, path, context);
      }
    },
    run: async (value, context) => {
      await Promise.all([value].flat().map((one) => act(action, one, context)));
    },
  });
}

function checkService(action: Action, name: string, service: string, path: Path, context: CheckContext): void {
  const host = context.model.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) return;
  const { services } = joinedManifest(host);
  if (!context.known(path, 'service', service, host.services ?? Object.keys(services), `of host ${name}`)) return;
  if (action === 'reload' && services[service]?.reload === undefined)
    context.problem(path, 'no-reload', `service ${service} of host ${name} cannot be told to reload`, { received: service, hint: 'restart it' });
}

async function act(action: Action, target: string, context: StepContext): Promise<void> {
  const { run } = context;
  const [host = '', service] = target.split('/');
  const request: HostRequest = { host, action, ...(service === undefined ? {} : { service }) };
  forgetMailboxes(run.world);
  if (action === 'reload') return run.hub.host(request);
  if (action === 'start' || action === 'restart') {
    await run.hub.host(request);
    // A host brings its services with it.
    for (const one of run.down) if (one === target || one.startsWith(`${target}/`)) run.down.delete(one);
    return;
  }
  run.down.add(target);
  context.undo(`start ${target}`, async () => {
    if (run.down.delete(target)) await run.hub.host({ ...request, action: 'start' });
  });
  await run.hub.host(request);
}

export const machineVerbs: readonly AnyVerb[] = (['stop', 'start', 'kill', 'pause', 'restart', 'reload'] as const).map(machineVerb);
