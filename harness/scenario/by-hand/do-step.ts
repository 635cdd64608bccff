import { parseDuration } from '../../base/index.ts';
import type { HostRequest } from '../../internet/index.ts';
import { normalName, outsidePartySchema, toOutsideParty, type World } from '../../world/index.ts';
import { forgetMailboxes } from '../imap-pool.ts';
import { noted } from './journal.ts';
import { stepOf } from './step-of.ts';

/** The hub lets one owner change a domain at a time; all who do so by hand are one. */
const OWNER = 'desk';

/** What can be done by hand besides sending, with values as a scenario has them. */
export type HandStep =
  | { verb: 'stop' | 'start' | 'kill' | 'pause' | 'restart'; value: string | string[] }
  | { verb: 'cut' | 'heal'; value: [string, string] }
  | { verb: 'slow'; value: { between: [string, string]; delay?: string; 'lose one in'?: number } }
  | { verb: 'clock'; value: `advance ${string}` | { host: string; skew: string } }
  | { verb: 'outside'; value: Record<string, object> };

/**
 * Does a step in a running world as its verb does it in a scenario, but that nothing is put back, and notes it in the world's journal.
 * @throws InputError for a value that the verb does not take
 */
export async function doByHand(world: World, step: HandStep): Promise<void> {
  stepOf(world.model, step.verb, step.value);
  await noted(world, step, () => act(world, step));
}

async function act(world: World, step: HandStep): Promise<void> {
  const { hub } = world;
  switch (step.verb) {
    case 'cut':
    case 'heal':
      return hub.link({ action: step.verb, between: step.value });
    case 'slow': {
      const { between, delay, 'lose one in': loseOneIn } = step.value;
      return hub.link({ action: 'slow', between, ...(delay === undefined ? {} : { delayMs: parseDuration(delay) ?? 0 }), ...(loseOneIn === undefined ? {} : { loseOneIn }) });
    }
    case 'clock': {
      const { value } = step;
      await hub.clock(
        typeof value === 'string' ? { advanceMs: parseDuration(value.replace(/^advance /, '')) ?? 0 } : { skew: { host: value.host, offsetMs: signedDuration(value.skew) } },
      );
      return;
    }
    case 'outside':
      for (const [domain, yaml] of Object.entries(step.value)) await hub.outside({ party: toOutsideParty(domain, outsidePartySchema.parse(yaml)), owner: OWNER });
      return;
    default:
      forgetMailboxes(world);
      await Promise.all(
        [step.value].flat().map((target) => {
          const [host = '', service] = target.split('/');
          const request: HostRequest = { host, action: step.verb, ...(service === undefined ? {} : { service }) };
          return hub.host(request);
        }),
      );
  }
}

/** An outside domain behaves as the world file says again; one that it does not name is gone. */
export async function restoreOutside(world: World, domain: string): Promise<void> {
  const name = normalName(domain);
  const declared = world.model.outsideYaml[name];
  // The language has no word for a domain that is gone.
  const doing = declared === undefined ? { command: `mailproof outside ${name} --restore` } : { verb: 'outside', value: { [name]: declared } };
  await noted(world, doing, () => world.hub.removeOutside(name, OWNER));
}

/** The value that has a domain behave so, and leaves the rest of it as the world file says. */
export function behaving({ model }: Pick<World, 'model'>, domain: string, behaves: readonly unknown[]): Record<string, object> {
  const name = normalName(domain);
  return { [name]: { ...model.outsideYaml[name], behaves } };
}

function signedDuration(text: string): number {
  const ms = parseDuration(text.replace(/^[+-]/, '')) ?? 0;
  return text.startsWith('-') ? -ms : ms;
}
