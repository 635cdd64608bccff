import { quoted } from '../../base/index.ts';
import { answerOf, type Said } from './answer.ts';
import type { Answer, AskedHost, NextHost } from './model.ts';

/** Leads a session up to RCPT TO as the host itself would, in clear, without a message. One line for each command and each line of a reply. */
const SESSION = `use strict; use IO::Socket::IP;
my ($peer, $port, $hello, $helo, $from, $to) = @ARGV;
$SIG{ALRM} = sub { print "! no answer within 20 s\\n"; exit 0 };
$| = 1;
alarm 20;
my $s = IO::Socket::IP->new(PeerHost => $peer, PeerPort => $port, Type => SOCK_STREAM) or do { print "! $!\\n"; exit 0 };
$s->autoflush(1);
sub reply {
  my $code = "";
  while (defined(my $line = <$s>)) { $line =~ s/\\r?\\n//; print "< $line\\n"; next if $line =~ /^\\d{3}-/; $code = $line; last }
  print "! the connection ended\\n" if $code eq "";
  return $code =~ /^[23]/;
}
my $go = reply();
for my $command ("$hello $helo", "MAIL FROM:<$from>", "RCPT TO:<$to>") {
  last unless $go;
  print "> $command\\n";
  print $s "$command\\r\\n";
  $go = reply();
}
print $s "QUIT\\r\\n";
`;

/** Offers a recipient to another machine, from this host's own address. Nothing is sent. */
export async function offerFromHost(host: AskedHost, fqdn: string, to: NextHost, from: string, recipient: string): Promise<Answer> {
  const args = [to.address ?? to.name, String(to.port), to.protocol === 'lmtp' ? 'LHLO' : 'EHLO', fqdn, from, recipient];
  const output = await host.run(`perl - ${args.map(quoted).join(' ')} <<'MAILPROOF'\n${SESSION}MAILPROOF`);
  return answerOf(readSession(output));
}

/** @returns what was said, command by command, and why it ended early */
export function readSession(output: string): Said {
  const said: Said = { replies: [] };
  let command = 'connect';
  for (const line of output.split('\n')) {
    if (line.startsWith('> ')) command = line.slice(2);
    else if (line.startsWith('! ')) said.trouble = line.slice(2);
    else if (line.startsWith('< ')) {
      const last = said.replies.at(-1);
      if (last?.command === command) last.raw += `\r\n${line.slice(2)}`;
      else said.replies.push({ command, raw: line.slice(2) });
    }
  }
  return said;
}
