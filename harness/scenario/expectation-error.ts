import { MailproofError, type Position } from '../base/index.ts';

/** What the world did is not what the scenario says; carries the place in the scenario file that says it. */
export class ExpectationError extends MailproofError {
  readonly position: Position;

  constructor(position: Position, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('EXPECTATION', message, options);
    this.name = 'ExpectationError';
    this.position = position;
  }
}
