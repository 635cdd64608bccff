import { queueId, quoted, type WorldTime, worldTime } from '../../base/index.ts';
import type { QueuedMessage, QueueReader } from './queue-reader.ts';

/**
 * Exim logs nothing at the end of an attempt that left deferrals. But the delivering process locks the message's
 * -D file while it works (spec chapter "How Exim receives and delivers mail"), so the script waits for the end of
 * the process that holds the lock, by pidfd (system call 434 everywhere, Linux 5.3).
 */
const WAIT = String.raw`
use strict; my ($spool, $log, @ids) = @ARGV; $| = 1;
for my $id (@ids) {
  for my $round (1 .. 50) {
    my ($file) = grep { -e } glob("$spool/input/$id-D $spool/input/?/$id-D"); last unless $file;
    my $inode = (stat $file)[1]; my $pid;
    open my $locks, '<', '/proc/locks' or last;
    while (<$locks>) { $pid = $1 if /^\d+: POSIX +\S+ +\S+ (\d+) \S+:$inode /; }
    last unless $pid;
    my $fd = syscall(434, $pid + 0, 0); if ($fd < 0) { print "#locked $id $pid\n"; last; }
    vec(my $bits = '', $fd, 1) = 1; select($bits, undef, undef, undef); require POSIX; POSIX::close($fd);
  }
}
if (open my $main, '<', $log) {
  my (%last, %tried, %hosts, %waits); my %wanted = map { $_ => 1 } @ids;
  while (<$main>) {
    chomp; my ($id) = /^(?:\S+ \S+ (?:[+-]\d{4} )?)?(?:\[\d+\] )?(\w{6}-\w{6,11}-\w{2,4}) / or next;
    $last{$id} = $_ if $wanted{$id};
    $tried{$id}{$1} = 1 if !/ <= / && / H=(?:\S+ )?\[([\da-fA-F.:]+)\]/;
    # No host was chosen for what only a router deferred.
    if (/ == (\S+\@\S+)((?: \([^)]*\))?(?: <([^\s>]+)>)?(?: [FP]=<\S*>)* R=\S+ (T=)?)/ && $wanted{$id}) { $waits{$id}{$1} = ($3 // $1) . ($4 ? " host" : " route"); }
    if (/ == \S*?@([^\s>]+)/) { $hosts{lc $1}{$_} = 1 for keys %{ $tried{$id} // {} }; }
  }
  print "#line $_ $last{$_}\n" for keys %last;
  print "#hosts $_ @{[keys %{ $hosts{$_} }]}\n" for keys %hosts;
  for my $id (keys %waits) { print "#waits $id $_ $waits{$id}{$_}\n" for sort keys %{ $waits{$id} }; }
}
`;

/** The age column has no use here: times come from the ledger. */
const HEAD = /^\s*\d+[smhdwy]\s+\S+ (?<id>[\w-]{16,25}) <(?<from>[^>]*)>(?<frozen> \*\*\* frozen \*\*\*)?/;
/** The key of a pipe has blanks: `T:|/usr/bin/tee -a /tmp/x:nora@example.test`. */
const RETRY_KEY = /^ {2}(?<type>[RT]):(?<key>.+?) (?<errno>-?\d+) (?<more>-?\d+)(?: (?<text>.*))?$/;
const RETRY_TIMES = /^(?<first>\d\d-\w{3}-\d{4} [\d:]+) {2}(?<last>\d\d-\w{3}-\d{4} [\d:]+) {2}(?<next>\d\d-\w{3}-\d{4} [\d:]+)/;

/** What a line says of an address that waits; `routed`: up to a host, so that the records of hosts count for it. */
interface Wait {
  id: string;
  address: string;
  original: string;
  routed: boolean;
}

interface Retry {
  type: string;
  key: string;
  text: string;
  next: WorldTime;
}

function parseTime(text: string): WorldTime {
  return worldTime(Date.parse(`${text.replaceAll('-', ' ')} UTC`));
}

/** T:name:address[:port][:message]; a key that ends in a message's id is about that message only. */
function isAbout(key: string, ip: string): boolean {
  return key.split(':').length <= 3 + (ip.match(/:/g)?.length ?? 0) && key.includes(`:${ip}`) && !/-[\w]{6,11}-\w{2,4}$/.test(key);
}

/** T:path:address, T:|command:address, T:>reply:address are about a local delivery that was made from the address. */
const isLocal = ({ type, key }: Pick<Retry, 'type' | 'key'>, address: string): boolean => type === 'T' && address !== '' && key.toLowerCase().endsWith(`:${address.toLowerCase()}`);

/** The addresses that a line names in brackets: what it is about was made from them. */
const namedIn = (line: string | undefined): string[] => [.../[(,] ?([^\s()<>,]+@[^\s()<>,]+)(?=[,)])/g[Symbol.matchAll](line ?? '')].flatMap((match) => match[1] ?? []);

/**
 * When the retry records let this recipient be tried again: not before those of its address, its domain and this message
 * allow it, nor before that of one of its hosts does.
 * @param ips hosts that mail to this domain was tried at
 */
function nextTry(retries: readonly Retry[], message: string, address: string, ips: readonly string[]): WorldTime | undefined {
  const domain = address.split('@').at(-1) ?? '';
  const own = retries.filter(
    ({ type, key }) => key.includes(message) || key === address || key.startsWith(`${address}:`) || (type === 'R' && key === domain) || isLocal({ type, key }, address),
  );
  const hosts = retries.filter(({ type, key }) => type === 'T' && ips.some((ip) => isAbout(key, ip)));
  const times = [...own.map((retry) => retry.next), ...(hosts.length > 0 ? [Math.min(...hosts.map((retry) => retry.next))] : [])];
  return times.length === 0 ? undefined : worldTime(Math.max(...times));
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();
const lastIp = (line: string | undefined): string[] => [...(line ?? '').matchAll(/\[([\da-fA-F.:]+)\]/g)].slice(-1).flatMap((match) => match[1] ?? []);

export const eximQueue: QueueReader = {
  software: 'exim',
  script: (ids) => `
E=$(command -v exim4 || command -v exim) || { echo "#missing exim"; exit 1; }
C=$($E -bP spool_directory log_file_path 2>/dev/null)
S=$(echo "$C" | sed -n 's/^spool_directory *= *//p')
L=$(echo "$C" | sed -n 's/^log_file_path *= *//p' | sed 's/%s/main/; s/ *: *syslog//; s/^syslog *: *//'); [ -n "$L" ] && [ "$L" != syslog ] || L=$S/log/mainlog
perl - "$S" "$L" ${ids.join(' ')} <<'END_OF_WAIT'
${WAIT}
END_OF_WAIT
echo "#now $(date +%s)"
echo "#queue"; $E -bp ${ids.join(' ')} 2>/dev/null
echo "#retry"; TZ=UTC exim_dumpdb "$S" retry 2>/dev/null || true
`,
  source: (id) => `"$(command -v exim4 || command -v exim)" -Mvc ${quoted(id)}`,
  parse(output) {
    const messages = new Map<string, QueuedMessage>();
    const lastLines = new Map<string, string>();
    const locked = new Set<string>();
    const hosts = new Map<string, string[]>();
    const waits: Wait[] = [];
    const retries: Retry[] = [];
    let now = worldTime(0);
    let part = '';
    let message: QueuedMessage | undefined;
    let pending: Omit<Retry, 'next'> | undefined;
    for (const line of output.split('\n')) {
      const marker = /^#(?<what>now|queue|retry|line|hosts|waits|locked) ?(?<rest>.*)$/.exec(line)?.groups;
      if (marker) {
        const rest = marker.rest ?? '';
        if (marker.what === 'now') now = worldTime(Number(rest) * 1000);
        else if (marker.what === 'line') lastLines.set(rest.slice(0, rest.indexOf(' ')), rest.slice(rest.indexOf(' ') + 1));
        else if (marker.what === 'hosts') hosts.set(rest.split(' ')[0] ?? '', rest.split(' ').slice(1));
        else if (marker.what === 'waits') {
          const [id = '', address = '', original = '', at] = rest.split(' ');
          waits.push({ id, address, original, routed: at === 'host' });
        } else if (marker.what === 'locked') locked.add(rest.split(' ')[0] ?? '');
        else part = marker.what ?? '';
      } else if (part === 'queue') {
        const head = HEAD.exec(line)?.groups;
        if (head?.id !== undefined) {
          message = { queueId: queueId(head.id), state: head.frozen ? 'frozen' : 'waiting', from: head.from ?? '', recipients: [] };
          messages.set(head.id, message);
        } else if (/^ {10}\S/.test(line)) message?.recipients.push({ address: line.trim() });
      } else if (part === 'retry') {
        const key = RETRY_KEY.exec(line)?.groups;
        if (key) pending = { type: key.type ?? '', key: key.key ?? '', text: key.text ?? '' };
        const times = RETRY_TIMES.exec(line)?.groups;
        if (times?.next !== undefined && pending) retries.push({ ...pending, next: parseTime(times.next) });
      }
    }
    for (const [id, one] of messages) {
      const lastLine = lastLines.get(id);
      if (lastLine !== undefined) one.lastLine = lastLine;
      if (locked.has(id)) one.state = 'active';
      for (const recipient of one.recipients) {
        const mine = waits.filter((wait) => wait.id === id && wait.original.toLowerCase() === recipient.address.toLowerCase());
        const nowhere = mine.length > 0 && mine.every((wait) => !wait.routed);
        const ips = nowhere ? [] : [...lastIp(lastLine), ...(hosts.get(domainOf(recipient.address)) ?? [])];
        const routing = nowhere ? mine.flatMap((wait) => nextTry(retries, id, wait.address, []) ?? []) : [];
        const at = one.state === 'frozen' ? undefined : routing.length > 0 ? worldTime(Math.min(...routing)) : nextTry(retries, id, recipient.address, ips);
        // An alias leads to what waits: the last line names what lies between.
        const between = at === undefined && one.state !== 'frozen' ? namedIn(lastLine).flatMap((address) => nextTry(retries, id, address, []) ?? []) : [];
        if (at !== undefined) recipient.nextTry = at;
        else if (between.length > 0) recipient.nextTry = worldTime(Math.max(...between));
        const why = retries.find(
          ({ key }) => key === recipient.address || key.startsWith(`${recipient.address}:`) || key.includes(id) || isLocal({ type: 'T', key }, recipient.address),
        );
        if (why) recipient.reason = why.text;
      }
      const times = one.recipients.flatMap((recipient) => recipient.nextTry ?? []);
      if (times.length > 0) one.nextTry = worldTime(Math.min(...times));
      else if (one.state === 'waiting') {
        const known = nextTry(retries, id, '', lastIp(lastLine));
        if (known !== undefined) one.nextTry = known;
      }
    }
    return { now, messages: [...messages.values()] };
  },
};
