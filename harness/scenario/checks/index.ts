import type { AnyCheck } from './check.ts';
import { log } from './log.ts';
import { lookedUp } from './looked-up.ts';
import { policyFetched } from './policy-fetched.ts';
import { reply } from './reply.ts';
import { route } from './route.ts';

/** What `expect` can look at beside the outcomes. A new check is one file and one line here. */
export const CHECKS: readonly AnyCheck[] = [reply, route, log, lookedUp, policyFetched];

export type { AnyCheck, BoundCheck } from './check.ts';
