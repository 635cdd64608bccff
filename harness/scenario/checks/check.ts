import type { z } from 'zod';
import type { Path } from '../../base/index.ts';
import type { Actual } from '../actual.ts';
import type { CheckContext } from '../check-context.ts';
import type { StepContext } from '../run.ts';

/** Something that `expect` looks at beside the outcomes. */
export interface CheckDefinition<T> {
  name: string;
  schema: z.ZodType<T>;
  examples: unknown[];
  check(value: T, path: Path, context: CheckContext): void;
  /**
   * @param fresh the outcomes that this `expect` is about
   * @returns what is wrong; undefined when all is well
   */
  look(value: T, context: StepContext, fresh: readonly Actual[]): Promise<string | undefined>;
}

export interface BoundCheck {
  check(path: Path, context: CheckContext): void;
  look(context: StepContext, fresh: readonly Actual[]): Promise<string | undefined>;
}

export interface AnyCheck {
  name: string;
  schema: z.ZodType;
  examples: unknown[];
  bind(value: unknown): BoundCheck;
}

/** Hides the type of the value, so that all checks fit one table. */
export function check<T>(definition: CheckDefinition<T>): AnyCheck {
  return {
    name: definition.name,
    schema: definition.schema,
    examples: definition.examples,
    bind: (raw) => {
      const value = definition.schema.parse(raw);
      return { check: (path, context) => definition.check(value, path, context), look: (context, fresh) => definition.look(value, context, fresh) };
    },
  };
}
