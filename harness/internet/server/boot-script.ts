import { dirname } from 'node:path';
import { quoted } from '../../base/index.ts';
import { CLOCK_VOLUME, type HubHost, WORLD_VOLUME } from '../protocol.ts';
import type { CertificateAuthority } from './certificates.ts';

const CLOCK_LIBRARY = '/opt/mailproof/world-clock.so';
const TRUST = '/etc/ssl/certs';

export const hostDirectory = (host: string): string => `${WORLD_VOLUME}/hosts/${host}`;
/** Where host-init, which is the host's /dev/log, writes what it is told. */
export const syslogDirectory = (host: string): string => `${hostDirectory(host)}/syslog`;
export const overlayFile = (host: string): string => `${hostDirectory(host)}/overlay.tar`;
export const logDirectory = (host: string, directory: string): string => `${hostDirectory(host)}/log${directory}`;

const heredoc = (path: string, text: string): string => `cat > ${quoted(path)} <<'MAILPROOF_END'\n${text.trimEnd()}\nMAILPROOF_END`;

/**
 * Makes a container a host of the world: names, resolver, logs, clock, trust and certificates; one script, since
 * each costs a round trip. The configuration under test is not touched.
 */
export function bootScript(host: HubHost, resolvers: readonly string[], authority: CertificateAuthority): string {
  const short = host.fqdn.split('.')[0] ?? host.name;
  const names = [...new Set([host.fqdn, short])].join(' ');
  return [
    'set -e',
    // Not by the engine, which starts a large program of its own for that. Directories that are there keep their mode.
    ...(host.overlay === undefined ? [] : [`tar --no-overwrite-dir -xpf ${quoted(overlayFile(host.name))} -C /`, `rm ${quoted(overlayFile(host.name))}`]),
    // The engine binds these files into the container: they are written in place, not replaced.
    heredoc('/etc/resolv.conf', ['search .', ...resolvers.map((address) => `nameserver ${address}`)].join('\n')),
    heredoc('/etc/hosts', ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', ...host.addresses.map((address) => `${address} ${names}`)].join('\n')),
    heredoc('/etc/hostname', host.fqdn),
    ...host.logDirs.map((directory) => moveLogs(host.name, directory)),
    `ln -sfn ${quoted(`${CLOCK_VOLUME}/${host.name}`)} /etc/world-clock`,
    `echo ${CLOCK_LIBRARY} > /etc/ld.so.preload`,
    `mkdir -p ${TRUST}`,
    heredoc(`${TRUST}/mailproof-world.pem`, authority.certificate),
    `ln -sfn mailproof-world.pem ${TRUST}/${authority.subjectHash}.0`,
    // No public authority exists in this internet; reading 140 of them costs Exim with GnuTLS 0.3 s at its start.
    `cat ${TRUST}/mailproof-world.pem > ${TRUST}/ca-certificates.crt`,
    ...host.certificates.flatMap((wanted) => {
      const { cert, key } = authority.certificateFor(wanted.names, 'good');
      const group = wanted.group ?? 'root';
      return [
        `mkdir -p ${quoted(dirname(wanted.cert))} ${quoted(dirname(wanted.key))}`,
        heredoc(wanted.cert, cert),
        `install -m 0640 -o root -g ${quoted(group)} /dev/null ${quoted(wanted.key)}`,
        heredoc(wanted.key, key),
      ];
    }),
  ].join('\n');
}

/** Into the volume, where the hub follows them; owner and mode stay, since servers that drop root must go on writing. */
function moveLogs(host: string, directory: string): string {
  const there = quoted(logDirectory(host, directory));
  const here = quoted(directory);
  return `mkdir -p ${here} ${there}
cp -a ${here}/. ${there}/
chown --reference=${here} ${there}
chmod --reference=${here} ${there}
rm -rf ${here}
ln -s ${there} ${here}`;
}
