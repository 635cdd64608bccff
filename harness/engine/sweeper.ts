/** Runs after its caller has ended and takes away the instances that it left: `node sweeper.ts INSTANCE...`. */
import { findEngine } from './discover.ts';
import { sweep } from './sweep.ts';

const found = await findEngine();
if (found !== undefined) for (const instance of process.argv.slice(2)) await sweep(found.docker, { 'mailproof.instance': instance });
