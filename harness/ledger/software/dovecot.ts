import { envelopeAddress } from '../../base/index.ts';
import { applyRules, FOREIGN, type Groups, type LogLine, type LogParser, type LogRule, type ParsedLine, readSyslog } from '../log-rule.ts';
import { DOVECOT_NOTES } from './dovecot-notes.ts';

/** `lmtp(alice)<161><SESSION>: `, `lmtp(alice@example.test)<161><SESSION>: `; `lda(…)`, `indexer-worker(…)`, ... */
const OF_USER = /^(?<service>[\w-]+)\((?<user>[^)]*)\)(?:<(?<pid>[^>]*)>)?(?:<(?<session>[^>]*)>)?: (?:(?:Info|Warning|Error): )?(?<text>.*)$/s;
const DELIVERY = /^(?:sieve: )?msgid=(?:<(?<messageId>[^>]*)>|(?<bare>[^:]*)): (?<text>.*)$/s;

const who = (g: Groups): { user: string; messageId?: string; session?: string } => ({
  user: g.user ?? '',
  ...(g.messageId ? { messageId: g.messageId } : {}),
  ...(g.session ? { session: g.session } : {}),
});

/** What LMTP, LDA and Sieve did with one message: the text after the Message-ID. */
const DELIVERY_RULES: readonly LogRule[] = [
  {
    name: 'saved',
    pattern: /^saved mail to (?<folder>.+)$/,
    example: 'dovecot: lmtp(alice)<161><WbqSNcn6AGuhAAAA52Lw8g>: msgid=<20261121015833.000039@sender.test>: saved mail to INBOX',
    event: (g) => ({ kind: 'stored', ...who(g), folder: g.folder ?? '' }),
  },
  {
    name: 'sieve-stored',
    pattern: /^(?:(?:fileinto|keep) action: )?(?:stored mail into mailbox|left message in mailbox) '(?<folder>.*)'$/,
    example: "dovecot: lmtp(vac)<176><yq7UE8v6AGuwAAAA52Lw8g>: sieve: msgid=<20261121015835.000186@sender.test>: stored mail into mailbox 'INBOX'",
    event: (g) => ({ kind: 'stored', ...who(g), folder: g.folder ?? '' }),
  },
  {
    name: 'save-failed',
    pattern: /^(?:save failed to (?:open mailbox )?|failed to store into mailbox '?)(?<folder>[^:']*)'?: (?<reason>.*)$/,
    example: 'dovecot: lmtp(bob)<161><2HzTCcr6AGuhAAAA52Lw8g>: msgid=<20261121015834.000169@sender.test>: save failed to INBOX: Quota exceeded (mailbox for user is full)',
    event: (g) => ({ kind: 'store-refused', ...who(g), reason: g.reason ?? '' }),
  },
  {
    name: 'sieve-store-failed',
    pattern: /^(?:fileinto action: )?failed to store into mailbox '(?<folder>.*)': (?<reason>.*)$/,
    example:
      "dovecot: lmtp(bob)<161><2HzTCcr6AGuhAAAA52Lw8g>: sieve: msgid=<20261121015834.000169@sender.test>: fileinto action: failed to store into mailbox 'INBOX': Quota exceeded (mailbox for user is full)",
    event: (g) => ({ kind: 'store-refused', ...who(g), reason: g.reason ?? '' }),
  },
  {
    name: 'sieve-discard',
    pattern: /^(?:discard action: )?[Mm]arked message to be discarded if not explicitly delivered(?: \((?<rule>.*)\))?$/,
    example:
      'dovecot: lmtp(vac)<448><8IEWCUH7AGvAAQAA52Lw8g>: sieve: msgid=<20261121020033.000529@sender.test>: discard action: Marked message to be discarded if not explicitly delivered (discard action)',
    event: (g) => ({ kind: 'store-discarded', ...who(g), rule: `sieve ${g.rule ?? 'discard action'}` }),
  },
  {
    name: 'sieve-redirect',
    pattern: /^(?:redirect action: )?forwarded to <(?<to>[^>]*)>$/,
    example: 'dovecot: lmtp(vac)<161><UCNhF0H7AGuhAAAA52Lw8g>: sieve: msgid=<20261121020033.000530@sender.test>: redirect action: forwarded to <z@hosted.test>',
    event: (g) => ({ kind: 'store-sent', ...who(g), to: envelopeAddress(g.to ?? ''), what: 'redirect' }),
  },
  {
    name: 'sieve-vacation',
    pattern: /^(?:vacation action: )?sent vacation response to <(?<to>[^>]*)>$/,
    example: 'dovecot: lmtp(vac)<176><yq7UE8v6AGuwAAAA52Lw8g>: sieve: msgid=<20261121015835.000186@sender.test>: vacation action: sent vacation response to <ann@sender.test>',
    event: (g) => ({ kind: 'store-sent', ...who(g), to: envelopeAddress(g.to ?? ''), what: 'auto' }),
  },
  {
    name: 'sieve-reject',
    pattern: /^(?:e?reject action: )?(?:rejected message from|sent reject message to) <(?<to>[^>]*)>.*$/,
    example: 'dovecot: lmtp(vac)<176><yq7UE8v6AGuwAAAA52Lw8g>: sieve: msgid=<20261121015835.000186@sender.test>: reject action: rejected message from <ann@sender.test> (reject)',
    event: (g) => ({ kind: 'store-sent', ...who(g), to: envelopeAddress(g.to ?? ''), what: 'reject' }),
  },
  {
    name: 'sieve-no-vacation',
    pattern: /^(?:vacation action: )?(?:discarded duplicate vacation response|discarding vacation response|not sending vacation|discarded duplicate)/,
    example:
      'dovecot: lmtp(vac)<448><oGzmIEH7AGvAAQAA52Lw8g>: sieve: msgid=<20261121020033.000532@sender.test>: vacation action: discarded duplicate vacation response to <ann@sender.test>',
  },
  {
    name: 'sieve-aborted',
    pattern: /^(?:\w+ action: )?(?:store into mailbox|forward|.*) .*aborted$/,
    example: "dovecot: lmtp(vac)<161><0M68K0H7AGuhAAAA52Lw8g>: sieve: msgid=<20261121020033.000534@sender.test>: fileinto action: store into mailbox 'Other' aborted",
  },
];

function parse({ line }: LogLine): ParsedLine {
  const syslog = readSyslog(line);
  if (syslog === undefined || syslog.program !== 'dovecot') return FOREIGN;
  const user = OF_USER.exec(syslog.text)?.groups;
  if (user && user.text !== undefined) {
    const delivery = DELIVERY.exec(user.text)?.groups;
    if (delivery?.text !== undefined) {
      const about = applyRules(DELIVERY_RULES, delivery.text, { user: user.user, session: user.session, messageId: delivery.messageId });
      if (about.result !== 'unknown') return about;
    }
  }
  return applyRules(DOVECOT_NOTES, syslog.text);
}

/** Dovecot 2.3 and 2.4: LMTP, LDA and Sieve with Pigeonhole, and what is said around them. */
export const dovecot: LogParser = { name: 'dovecot', parse, rules: [...DELIVERY_RULES, ...DOVECOT_NOTES], exampleSource: 'syslog' };
