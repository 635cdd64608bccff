import type { Behaviour } from '../../../protocol.ts';
import type { Reaction } from './behaviour.ts';
import * as certificate from './certificate.ts';
import * as drop from './drop.ts';
import * as enforceDmarc from './enforce-dmarc.ts';
import * as enforceSpf from './enforce-spf.ts';
import * as greylist from './greylist.ts';
import * as knows from './knows.ts';
import * as noStarttls from './no-starttls.ts';
import * as reply from './reply.ts';
import * as silent from './silent.ts';
import * as size from './size.ts';
import * as slow from './slow.ts';

export * from './behaviour.ts';

/** Each kind's file has an example that its tests run. */
export const BEHAVIOURS = {
  reply,
  drop,
  silent,
  greylist,
  'enforce-spf': enforceSpf,
  'enforce-dmarc': enforceDmarc,
  'no-starttls': noStarttls,
  certificate,
  slow,
  knows,
  size,
} as const;

export function reactionOf(behaviour: Behaviour): Reaction {
  switch (behaviour.kind) {
    case 'reply':
      return reply.make(behaviour);
    case 'drop':
      return drop.make(behaviour);
    case 'silent':
      return silent.make(behaviour);
    case 'greylist':
      return greylist.make(behaviour);
    case 'enforce-spf':
      return enforceSpf.make(behaviour);
    case 'enforce-dmarc':
      return enforceDmarc.make(behaviour);
    case 'no-starttls':
      return noStarttls.make(behaviour);
    case 'certificate':
      return certificate.make(behaviour);
    case 'slow':
      return slow.make(behaviour);
    case 'knows':
      return knows.make(behaviour);
    case 'size':
      return size.make(behaviour);
  }
}
