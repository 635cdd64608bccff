import { z } from 'zod';
import type { WorldModel } from '../../world/index.ts';
import { checkStatements, runStatements, type Statements } from '../statements.ts';
import { verb } from './verb.ts';

const schema = z.strictObject({
  in: z.string().describe('one of `databases` of the world file'),
  sql: z.string().min(1).describe('statements, fed to its client'),
  undo: z.string().min(1).optional().describe('statements that take it back, fed when the scenario ends; without it nothing is taken back'),
  on: z.array(z.string()).min(1).optional().describe('those of its hosts that are told; all unless told'),
});

const statements = (value: z.infer<typeof schema>, model: WorldModel): Statements => ({
  what: 'database',
  name: value.in,
  client: model.databases[value.in],
  on: value.on,
  key: 'sql',
  text: value.sql,
  undo: value.undo,
});

export const database = verb({
  name: 'database',
  description: 'feeds statements to a database of the world, on each of its hosts',
  schema,
  examples: [
    { in: 'tickets', sql: "INSERT INTO system_address (value0) VALUES ('new@example.test');", undo: "DELETE FROM system_address WHERE value0 = 'new@example.test';" },
    { in: 'tickets', sql: 'FLUSH HOSTS;', on: ['db1'] },
  ],
  given: true,
  changes: () => true,
  summary: (value) => `database ${value.in}${value.on === undefined ? '' : ` on ${value.on.join(', ')}`}: ${value.sql.trim().split('\n')[0]}`,
  check: (value, context) => checkStatements(statements(value, context.model), Object.keys(context.model.databases), context),
  run: (value, context) => runStatements(statements(value, context.run.model), context),
});
