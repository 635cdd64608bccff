import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { EXIT, MailproofError, messageOf } from '../../base/index.ts';
import { type ComparedRecipient, type Replay, type ReplayedMessage, replayLog, shortEnd } from '../../scenario/index.ts';
import { type Command, flag, print, progress, text, texts } from '../command.ts';
import { hostOf, onOption, openDesk } from '../instances.ts';
import { table } from '../table.ts';

/** What every gzip file begins with (RFC 1952). */
const GZIP = Buffer.from([0x1f, 0x8b]);
/** Of lines and messages that are left out so many are shown; --json has all. */
const SHOWN = 20;
const REPLY_LENGTH = 90;

export const fromLog: Command = {
  name: 'from-log',
  usage: 'FILE... [--map OLD=NEW]... [--map-file FILE] [--pseudonymise] [--server HOST] [--on INSTANCE]   (FILE: -, or a log as it is or compressed by gzip)',
  options: { ...onOption, map: { type: 'string', multiple: true }, 'map-file': { type: 'string' }, pseudonymise: { type: 'boolean' }, server: { type: 'string' } },
  async run(args) {
    if (args.positionals.length === 0)
      throw new MailproofError('USAGE', 'mailproof from-log takes a log of Exim or Postfix', { hint: 'mailproof from-log mainlog --map old.example=example.test' });
    const lines = args.positionals.flatMap(linesOf);
    const mapFile = text(args, 'map-file');
    const map = [...(mapFile === undefined ? [] : rulesOf(mapFile)), ...texts(args, 'map')];
    const desk = await openDesk(text(args, 'on'));
    try {
      const server = hostOf(desk.world.model, text(args, 'server'));
      const replay = await replayLog(desk, lines, { map, pseudonymise: flag(args, 'pseudonymise'), report: progress, ...(server === undefined ? {} : { server }) });
      const recipients = replay.messages.flatMap((message) => message.recipients);
      const differing = recipients.filter(({ verdict }) => verdict === 'differs').length;
      for (const line of notes(replay)) progress(line);
      print(args, { ...replay, differing }, () => tell(replay, recipients, differing));
      if (replay.messages.length === 0) return EXIT.failed;
      return differing > 0 ? EXIT.differences : EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};

/** @throws MailproofError NOT_FOUND */
function contentOf(file: string): string {
  try {
    const content = readFileSync(file === '-' ? 0 : file);
    return (content.subarray(0, GZIP.length).equals(GZIP) ? gunzipSync(content) : content).toString('utf8');
  } catch (cause) {
    throw new MailproofError('NOT_FOUND', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

const linesOf = (file: string): string[] =>
  contentOf(file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');

/** `OLD=NEW`, one a line; `#` begins a comment. */
const rulesOf = (file: string): string[] =>
  linesOf(file)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

/** What the table does not have. */
function notes({ lines, unparsed, leftOut, remarks }: Replay): string[] {
  const shown = leftOut.slice(0, SHOWN);
  return [
    `${lines.all} lines, ${lines.mail} of them of mail servers${lines.other === 0 ? '' : `; ${lines.other} are others' and were passed over`}`,
    ...unparsed.map(({ software, count, samples }) => `${count} ${count === 1 ? 'line' : 'lines'} of ${software} not understood, such as: ${samples[0]}`),
    ...remarks,
    ...shown.map(({ id, why }) => `left out: ${id}: ${why}`),
    ...(leftOut.length > shown.length ? [`left out: ${leftOut.length - shown.length} more (--json has them all)`] : []),
  ];
}

function tell({ messages }: Replay, recipients: readonly ComparedRecipient[], differing: number): string {
  if (messages.length === 0) return 'no message could be sent';
  const rows = messages.flatMap((message) => message.recipients.map((one, index) => row(message, one, index === 0)));
  const uncompared = recipients.filter(({ verdict }) => verdict === 'not compared').length;
  const same = recipients.length - differing - uncompared;
  return [
    table(['MESSAGE', 'RECIPIENT', 'VERDICT', 'PRODUCTION', 'HERE'], rows),
    ...recipients.flatMap((one) => (one.verdict === 'differs' ? ['', ...difference(one)] : [])),
    '',
    `${messages.length} ${messages.length === 1 ? 'message' : 'messages'}: ${same} recipients as in production, ${differing} otherwise${uncompared === 0 ? '' : `, ${uncompared} not compared`}`,
  ].join('\n');
}

function row({ id, times }: ReplayedMessage, { recipient, verdict, production, here, why }: ComparedRecipient, isFirst: boolean): string[] {
  return [
    isFirst ? `${id}${times === 1 ? '' : ` (${times} times)`}` : '',
    recipient,
    verdict === 'differs' ? 'DIFFERS' : verdict,
    production.map(shortEnd).join(', ') || 'nothing',
    `${here.map(shortEnd).join(', ') || 'nothing'}${verdict === 'not compared' ? ` (${why})` : ''}`,
  ];
}

function difference({ recipient, production, here }: ComparedRecipient): string[] {
  const words = (ends: ComparedRecipient['here']): string => ends.map((end) => `${shortEnd(end)}: ${short(end.text)}`).join('\n              ') || 'nothing became of it';
  return [`${recipient}`, `  production  ${words(production)}`, `  here        ${words(here)}`];
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > REPLY_LENGTH ? `${line.slice(0, REPLY_LENGTH - 3)}...` : line;
};
