import type { DeliveryReport } from './delivery-report.ts';
import { type Envelope, type SessionOptions, SmtpSession } from './smtp-session.ts';

export type { DeliveryReport, Refusal } from './delivery-report.ts';
export type { TlsMode } from './smtp-session.ts';

export interface Delivery extends SessionOptions {
  envelope: Envelope;
  message: Buffer;
}

/** Hands one message over in a session of its own; never throws for what the server does. */
export async function deliver(delivery: Delivery): Promise<DeliveryReport> {
  const session = await SmtpSession.open(delivery);
  const report = await session.send(delivery.envelope, delivery.message);
  const left = session.leave();
  // Exim answers QUIT when the client has closed or after 200 ms (4.96, smtp_in.c): of a message that is taken, nothing more is decided there.
  if (report.accepted.length === 0) await left;
  return report;
}
