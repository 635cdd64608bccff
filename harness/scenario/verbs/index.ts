import { account } from './account.ts';
import { bounce } from './bounce.ts';
import { clock } from './clock.ts';
import { connect, hangUp } from './connect.ts';
import { database } from './database.ts';
import { dialog } from './dialog.ts';
import { directory } from './directory.ts';
import { dns } from './dns.ts';
import { expectVerb } from './expect.ts';
import { file } from './file.ts';
import { imap } from './imap.ts';
import { cut, heal, slow } from './links.ts';
import { machineVerbs } from './machines.ts';
import { migrate } from './migrate.ts';
import { outside } from './outside.ts';
import { runCommand } from './run.ts';
import { send } from './send.ts';
import { sendmail } from './sendmail.ts';
import { stream } from './stream.ts';
import { submit } from './submit.ts';
import type { AnyVerb } from './verb.ts';
import { wait } from './wait.ts';

/** Every word of the language. A new verb is one file and one line here. */
export const VERBS: readonly AnyVerb[] = [
  send,
  submit,
  sendmail,
  stream,
  wait,
  dialog,
  connect,
  hangUp,
  imap,
  bounce,
  clock,
  ...machineVerbs,
  cut,
  heal,
  slow,
  outside,
  dns,
  account,
  database,
  directory,
  file,
  migrate,
  runCommand,
  expectVerb,
];

export type { AnyVerb, BoundVerb } from './verb.ts';
