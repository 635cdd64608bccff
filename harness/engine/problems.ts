import { MailproofError, messageOf } from '../base/index.ts';

/** HTTP status that the engine answered with, when that is what an error is about. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the engine itself said, without the words that the client puts before it. */
export function engineSaid(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim();
}

export function engineFailed(what: string, cause: unknown, hint = 'run: mailproof doctor'): MailproofError {
  return cause instanceof MailproofError ? cause : new MailproofError('ENGINE_FAILED', `${what}: ${engineSaid(cause)}`, { cause, hint });
}
