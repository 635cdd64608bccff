import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:tls';
import { expect, test } from 'vitest';
import type { CertificateKind } from '../protocol.ts';
import { CertificateAuthority } from './certificates.ts';

const authority = new CertificateAuthority('mailproof world test');

/** What a client that trusts the authority says of a server with this certificate. */
async function handshake(kind: CertificateKind): Promise<string> {
  const server: Server = createServer(authority.certificateFor(['mx.example.test'], kind));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, servername: 'mx.example.test' });
  try {
    await once(socket, 'secureConnect');
    return 'trusted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  } finally {
    socket.destroy();
    server.close();
  }
}

test.each([
  ['good', 'trusted'],
  ['expired', 'CERT_HAS_EXPIRED'],
  ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
] as const)('a %s certificate is met with %s', async (kind, result) => {
  expect(await handshake(kind)).toBe(result);
});

test('certificates outlive clock jumps of years and carry names and addresses', () => {
  const { cert } = authority.certificateFor(['a.test', '203.0.113.10', '2001:db8::1'], 'good');
  const read = new X509Certificate(cert);
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
  expect(read.checkHost('a.test')).toBe('a.test');
  expect(read.checkIP('203.0.113.10')).toBe('203.0.113.10');
  expect(read.checkIP('2001:db8::1')).toBe('2001:db8::1');
  expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
});

test('a certificate is made once', () => {
  expect(authority.certificateFor(['b.test'], 'good')).toBe(authority.certificateFor(['b.test'], 'good'));
});
