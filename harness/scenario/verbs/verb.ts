import type { z } from 'zod';
import type { WorldModel } from '../../world/index.ts';
import type { CheckContext } from '../check-context.ts';
import type { StepContext } from '../run.ts';

/** So many messages of a stream must be taken by one host. */
export interface Claim {
  stream: string;
  taken: number;
  by: string;
}

/** One word of the language. */
export interface VerbDefinition<T> {
  name: string;
  /** One line for editors. */
  description: string;
  schema: z.ZodType<T>;
  /** As it stands in a file; tests read them all. */
  examples: unknown[];
  /** May stand in `given`: it can be undone. */
  given: boolean;
  /** true when other scenarios in the same instance would notice: the scenario then runs alone. */
  changes(value: T, model: WorldModel): boolean;
  /** How long it takes, in steps of the usual kind; 1 unless told. Long scenarios begin first. */
  effort?(value: T): number;
  /** What it needs of a stream: what later steps claim is kept back for them. */
  claim?(value: T): Claim | undefined;
  /** One line for people. */
  summary(value: T): string;
  /** Checks against the world and the steps before. */
  check(value: T, context: CheckContext): void;
  run(value: T, context: StepContext): Promise<void>;
}

/** A step: a verb with its value. */
export interface BoundVerb {
  name: string;
  changes(model: WorldModel): boolean;
  effort(): number;
  claim(): Claim | undefined;
  summary(): string;
  check(context: CheckContext): void;
  run(context: StepContext): Promise<void>;
  /** Its value as text: every name and address that it says. */
  words(): string;
}

export interface AnyVerb {
  name: string;
  description: string;
  schema: z.ZodType;
  examples: unknown[];
  given: boolean;
  bind(value: unknown): BoundVerb;
}

/** Hides the type of the value, so that all verbs fit one table. */
export function verb<T>(definition: VerbDefinition<T>): AnyVerb {
  return {
    name: definition.name,
    description: definition.description,
    schema: definition.schema,
    examples: definition.examples,
    given: definition.given,
    bind: (raw) => {
      const value = definition.schema.parse(raw);
      return {
        name: definition.name,
        changes: (model) => definition.changes(value, model),
        effort: () => definition.effort?.(value) ?? 1,
        claim: () => definition.claim?.(value),
        summary: () => definition.summary(value),
        check: (context) => definition.check(value, context),
        run: (context) => definition.run(value, context),
        words: () => JSON.stringify(value),
      };
    },
  };
}
