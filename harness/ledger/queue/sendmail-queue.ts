import { queueId, quoted, type WorldTime, worldTime } from '../../base/index.ts';
import type { QueuedMessage, QueueReader } from './queue-reader.ts';

/**
 * Whoever delivers a message holds flock(2) on its qf file (queue.c, lockqueue), so that an attempt is over when another can have
 * the lock for a moment. Ages are read from the configuration of each queue: a message waits for the least age since its last try,
 * or, with a greatest age, for as long as it was in the queue at that time (queue.c, gatherq; confMIN_QUEUE_AGE, confMAX_QUEUE_AGE).
 */
const READ = String.raw`
use strict; use Fcntl ':flock'; my @ids = @ARGV; my %wanted = map { $_ => 1 } @ids; my %seen; $| = 1;
for my $cf (grep { -e } '/etc/mail/sendmail.cf', '/etc/mail/submit.cf') {
  my %set; open my $c, '<', $cf or next; while (<$c>) { $set{$1} = $2 if /^O (\w+)=(\S+)/ } close $c;
  my ($least, $most) = map { my $s = 0; while (($set{$_} // '') =~ /(\d+)([wdhms]?)/g) { $s += $1 * { w => 604800, d => 86400, h => 3600, m => 60, s => 1, '' => 60 }->{$2} } $s } qw(MinQueueAge MaxQueueAge);
  my $top = $set{QueueDirectory} // '/var/spool/mqueue';
  for my $file (glob("$top/{,qf/,*/,*/qf/}[qhQ]f*")) {
    my ($kind, $id) = $file =~ m{/([qhQ])f([^/]+)$} or next;
    next if (@ids && !$wanted{$id}) || $seen{$id}++;
    open my $q, '<', $file or next;
    my $busy = 0;
    if (@ids) {
      local $SIG{ALRM} = sub { die }; 
      eval { alarm 15; flock $q, LOCK_SH or die; alarm 0; 1 } or $busy = 1;
      alarm 0;
    } else { flock $q, LOCK_SH | LOCK_NB or $busy = 1; }
    flock $q, LOCK_UN;
    # What was delivered meanwhile has no file any more.
    next unless -e $file;
    my (%of, @to);
    while (<$q>) { chomp; last if $_ eq '.'; push @to, $1 if /^R[^:]*:(.*)/; $of{$1} //= $2 if /^([TKNSM])(.*)/ }
    my $next = !$of{N} ? 0 : $of{K} + ($most ? ($of{K} - $of{T} < $most ? $of{K} - $of{T} : $most) : 0);
    $next = $of{K} + $least if $of{N} && $next < $of{K} + $least;
    print join("\t", '#message', $id, $busy ? 'active' : $kind eq 'q' ? 'waiting' : 'held', $next, $of{S} // '', $of{M} // ''), "\n";
    print "#to\t$_\n" for @to;
  }
}
`;

/** The header is in the qf file, each field with the mailer flags that it is for (P: Return-Path, which final delivery adds), the body in the df file beside it. */
const SOURCE = String.raw`
use strict; my ($id) = @ARGV;
my ($file) = grep { -e } map { glob("$_/{,qf/,*/,*/qf/}[qhQ]f$id") } '/var/spool/mqueue', '/var/spool/mqueue-client';
defined $file and open my $q, '<', $file or die "it has no queue file
";
my $field = 0;
while (<$q>) { last if $_ eq ".
"; if (/^H\?([^?]*)\?(.*)/s) { $field = $1 !~ /P/; print $2 if $field } elsif (/^\S/) { $field = 0 } elsif ($field) { print } }
print "
";
(my $body = $file) =~ s{(?:/qf)?/[qhQ]f([^/]+)$}{/df$1};
($body) = grep { -e } $body, $body =~ s{/df([^/]+)$}{/df/df$1}r or exit;
open my $d, '<', $body or die "$body: $!
"; print while <$d>;
`;

const plain = (address: string): string => /^<(.*)>$/s.exec(address)?.[1] ?? /^"(\|.*|\/.*)"$/s.exec(address)?.[1] ?? address;

export const sendmailQueue: QueueReader = {
  software: 'sendmail',
  script: (ids) => `
echo "#now $(date +%s)"
perl - ${ids.join(' ')} <<'END_OF_READ'
${READ}
END_OF_READ
`,
  source: (id) => `perl - ${quoted(id)} <<'END_OF_SOURCE'
${SOURCE}
END_OF_SOURCE`,
  parse(output) {
    let now: WorldTime = worldTime(0);
    let why = '';
    const messages: QueuedMessage[] = [];
    for (const line of output.split('\n')) {
      const seconds = /^#now (\d+)/.exec(line)?.[1];
      if (seconds !== undefined) now = worldTime(Number(seconds) * 1000);
      const [what, first = '', state = '', next = '0', from = '', reason = ''] = line.split('\t');
      if (what === '#message')
        messages.push({
          queueId: queueId(first),
          state: state === 'active' || state === 'held' ? state : 'waiting',
          from: plain(from),
          recipients: [],
          ...(state === 'waiting' ? { nextTry: worldTime(Number(next) * 1000) } : {}),
        });
      if (what === '#message') why = reason;
      if (what === '#to') messages.at(-1)?.recipients.push({ address: plain(first), ...(why === '' ? {} : { reason: why }) });
    }
    return { now, messages };
  },
};
