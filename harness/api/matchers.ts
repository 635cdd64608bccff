/**
 * `mailproof/matchers`: the patterns of scenario files (docs/scenarios.md, "Patterns") for tests in TypeScript.
 * @example
 * import { matches } from 'mailproof/matchers';
 * expect(matches('SRS0=*@example.test', sender)).toBe(true);
 */
export { matches, type Pattern, patternSchema } from '../scenario/index.ts';
