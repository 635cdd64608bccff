/** What a run of mailproof ends with; the users' contract (see docs/architecture.md). */
export const EXIT = { ok: 0, failed: 1, differences: 2, invalidInput: 3, environment: 4, indeterminate: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every error that mailproof raises on purpose. The code is stable and listed in docs/errors.md;
 * the message says what happened and where; the hint says what to do next.
 */
export const ERROR_CODES = {
  ENGINE_MISSING: EXIT.environment,
  ENGINE_FAILED: EXIT.environment,
  IMAGE_FAILED: EXIT.environment,
  // Most often the configuration under test is what keeps a server from starting: that is a failure, not bad weather.
  HOST_NOT_UP: EXIT.failed,
  HUB_UNREACHABLE: EXIT.environment,
  HUB_REFUSED: EXIT.environment,
  COMMAND_FAILED: EXIT.failed,
  DEADLINE: EXIT.failed,
  EXPECTATION: EXIT.failed,
  INVARIANT: EXIT.failed,
  INPUT: EXIT.invalidInput,
  USAGE: EXIT.invalidInput,
  NOT_FOUND: EXIT.invalidInput,
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface MailproofErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  cause?: unknown;
}

export class MailproofError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: MailproofErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MailproofError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
