import fc, { type Arbitrary } from 'fast-check';
import { recipients, senders } from './addresses.ts';
import { type Case, NOWHERE, SMALL_LIE } from './case.ts';
import type { Material } from './material.ts';
import { messages } from './messages.ts';

/** Sizes that servers know as their limits without being told: Postfix, Exim. */
const USUAL_LIMITS: readonly number[] = [10_240_000, 52_428_800];

/** Every so manyeth case is for the next of all known addresses, so that chance leaves none of them out. */
const ROUND = 4;

/**
 * So many cases made of what the world has.
 * @param options.seed the same seed makes the same cases in the same order; more of them begin with the same ones
 */
export function generateCases(material: Material, { seed, count }: { seed: number; count: number }): Case[] {
  const all = [...material.accounts, ...material.aliases, ...material.named];
  const [order = all] = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), { seed, numRuns: 1 });
  return fc.sample(cases(material), { seed, numRuns: count }).map((one, index) => {
    const next = order[Math.floor(index / ROUND) % order.length];
    return index % ROUND !== 0 || next === undefined || one.announced !== undefined ? one : { ...one, to: [next] };
  });
}

function cases(material: Material): Arbitrary<Case> {
  const to: Arbitrary<string[]> = fc.oneof(
    { weight: 12, arbitrary: recipients(material).map((one) => [one]) },
    { weight: 6, arbitrary: fc.array(recipients(material), { minLength: 2, maxLength: 4 }) },
    // The same one twice.
    { weight: 1, arbitrary: recipients(material).map((one) => [one, one]) },
  );
  const usual = fc.tuple(senders(material), to).chain(
    ([from, list]): Arbitrary<Case> =>
      fc.record({
        client: clients(material),
        helo: helos(material),
        tls: fc.oneof({ weight: 9, arbitrary: fc.constant('never' as const) }, { weight: 1, arbitrary: fc.constant(undefined) }),
        from: fc.constant(from),
        to: fc.constant(list),
        message: messages(from, list, material.limits),
      }),
  );
  return fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: announced(material) }).map(withoutUndefined);
}

/** MAIL FROM says another size than the message has. */
function announced(material: Material): Arbitrary<Case> {
  const limits = [...material.limits, ...USUAL_LIMITS];
  const sizes = [0, 1, SMALL_LIE, ...limits.flatMap((limit) => [limit - 1, limit, limit + 1]), 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 99_999_999_999];
  return fc.tuple(fc.constantFrom(...material.accounts), senders(material), clients(material), fc.constantFrom(...sizes)).map(([to, from, client, size]): Case => {
    // What follows a small lie is understood only when everything before it was taken.
    if (size <= SMALL_LIE) return { from: `ann@${material.senders[0] ?? NOWHERE}`, to: [to], announced: size };
    return { client, from, to: [to], announced: size };
  });
}

function clients({ clients: all }: Material): Arbitrary<string | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 4, arbitrary: fc.constantFrom(...(all.length > 0 ? all : [undefined])) });
}

function helos({ hosts, ours }: Material): Arbitrary<string | undefined> {
  const names = ['localhost', 'client', 'no_such_name.test', '[192.0.2.1]', '192.0.2.1', '[127.0.0.1]', ...hosts.slice(0, 2), ...ours.slice(0, 1), 'x'.repeat(255)];
  return fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fc.constantFrom(...names) });
}

function withoutUndefined({ from, to, ...rest }: Case): Case {
  return { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)), from, to };
}
