declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Milliseconds since the epoch on the world's clock, which only goes forward. */
export type WorldTime = Brand<number, 'WorldTime'>;
/** A host's own name for a message it holds (`1rXyZ-…` in Exim, `4Xb…` in Postfix); unique per host only. */
export type QueueId = Brand<string, 'QueueId'>;
/** An address of the envelope without angle brackets; the empty string is the null reverse-path (RFC 5321 section 4.5.5). */
export type EnvelopeAddress = Brand<string, 'EnvelopeAddress'>;

export const worldTime = (ms: number): WorldTime => ms as WorldTime;
export const queueId = (id: string): QueueId => id as QueueId;
export const envelopeAddress = (address: string): EnvelopeAddress => address.trim().replace(/^<(.*)>$/s, '$1') as EnvelopeAddress;
