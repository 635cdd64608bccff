import { z } from 'zod';
import type { WorldModel } from '../../world/index.ts';
import { checkStatements, runStatements, type Statements } from '../statements.ts';
import { verb } from './verb.ts';

const schema = z.strictObject({
  in: z.string().describe('one of `directories` of the world file'),
  ldif: z.string().min(1).describe('changes as RFC 2849 writes them, fed to its client'),
  undo: z.string().min(1).optional().describe('changes that take it back, fed when the scenario ends; without it nothing is taken back'),
  on: z.array(z.string()).min(1).optional().describe('those of its hosts that are told; all unless told'),
});

const statements = (value: z.infer<typeof schema>, model: WorldModel): Statements => ({
  what: 'directory',
  name: value.in,
  client: model.directories[value.in],
  on: value.on,
  key: 'ldif',
  text: value.ldif,
  undo: value.undo,
});

export const directory = verb({
  name: 'directory',
  description: 'feeds LDIF to a directory of the world, on each of its hosts',
  schema,
  examples: [
    {
      in: 'staff',
      ldif: 'dn: uid=dora,ou=people,dc=example,dc=test\nchangetype: add\nobjectClass: inetOrgPerson\nuid: dora\ncn: Dora\nsn: D\nmail: dora@example.test\n',
      undo: 'dn: uid=dora,ou=people,dc=example,dc=test\nchangetype: delete\n',
    },
  ],
  given: true,
  changes: () => true,
  summary: (value) => `directory ${value.in}${value.on === undefined ? '' : ` on ${value.on.join(', ')}`}: ${value.ldif.trim().split('\n')[0]}`,
  check: (value, context) => checkStatements(statements(value, context.model), Object.keys(context.model.directories), context),
  run: (value, context) => runStatements(statements(value, context.run.model), context),
});
