import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import type { TranscriptLine } from '../../internet/index.ts';
import { behaving, behaviourOf, commandOf, doByHand, type HandStep, restoreOutside, sendByHand, tellAcceptance } from '../../scenario/index.ts';
import type { World } from '../../world/index.ts';
import type { DoRequest } from '../wire.ts';
import type { Live } from './live.ts';

/** What came of something that was done. */
export interface Performed {
  /** false: it was tried, and not all of it was taken. */
  done: boolean;
  /** Line by line. */
  text: string;
  command?: string;
  /** Of a message that was handed over. */
  handedOver?: { transcript: TranscriptLine[]; raw?: Buffer; custodies: string[] };
}

const ends = z.tuple([z.string(), z.string()]);
const target = z.union([z.string(), z.array(z.string()).min(1)]);

/** Steps as the command line does them; their values are checked by the language afterwards. */
const handStep: z.ZodType<HandStep> = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.enum(['stop', 'start', 'kill', 'pause', 'restart']), value: target }),
  z.strictObject({ verb: z.enum(['cut', 'heal']), value: ends }),
  z.strictObject({ verb: z.literal('slow'), value: z.strictObject({ between: ends, delay: z.string().optional(), 'lose one in': z.number().optional() }) }),
  z.strictObject({ verb: z.literal('clock'), value: z.union([z.templateLiteral(['advance ', z.string()]), z.strictObject({ host: z.string(), skew: z.string() })]) }),
]);

const outsideRequest = z.strictObject({ domain: z.string().min(1), behaves: z.array(z.string()) });
const sendRequest = z.record(z.string(), z.unknown());

/** What the page may do to the world: the verbs that the command line has, noted in the world's journal as those of it are. */
export class Actions {
  readonly #world: World;
  readonly #live: Live;

  constructor(world: World, live: Live) {
    this.#world = world;
    this.#live = live;
  }

  /** @throws InputError, MailproofError with what was received and what was expected */
  async perform({ verb, value }: DoRequest): Promise<Performed> {
    if (verb === 'send' || verb === 'submit') return this.#send(verb, read(sendRequest, value, verb));
    if (verb === 'outside') return this.#outside(read(outsideRequest, value, verb));
    const step = read(handStep, { verb, value }, verb);
    await doByHand(this.#world, step);
    return this.#done(verb, value, `${verb} ${wordsOf(value)}`);
  }

  async #send(verb: 'send' | 'submit', value: Record<string, unknown>): Promise<Performed> {
    const { transcript, refused, trouble, roots, silentHosts, raw } = await sendByHand({ world: this.#world, ledger: this.#live.ledger }, verb, value);
    const command = commandOf(this.#world.model, verb, value);
    return {
      done: trouble === undefined && refused.length === 0,
      text: [...(trouble === undefined ? [] : [trouble]), ...refused, tellAcceptance({ roots, silentHosts })].join('\n'),
      ...(command === undefined ? {} : { command }),
      handedOver: { transcript, ...(raw === undefined ? {} : { raw }), custodies: this.#live.ledger.startsOf(roots) },
    };
  }

  async #outside({ domain, behaves }: z.infer<typeof outsideRequest>): Promise<Performed> {
    if (behaves.length === 0) {
      await restoreOutside(this.#world, domain);
      return { done: true, text: `${domain} behaves as the world file says`, command: `mailproof outside ${domain} --restore` };
    }
    const value = behaving(this.#world, domain, behaves.map(behaviourOf));
    await doByHand(this.#world, { verb: 'outside', value });
    return this.#done('outside', value, `${domain}: ${behaves.join('; ')}`);
  }

  #done(verb: string, value: unknown, text: string): Performed {
    const command = commandOf(this.#world.model, verb, value);
    return { done: true, text, ...(command === undefined ? {} : { command }) };
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, verb: string): T {
  const { data, error } = schema.safeParse(value);
  if (error) throw new MailproofError('USAGE', `the page cannot do "${verb}" with ${JSON.stringify(value)}: ${z.prettifyError(error)}`);
  return data;
}

const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : Array.isArray(value) ? value.join(' and ') : JSON.stringify(value));
