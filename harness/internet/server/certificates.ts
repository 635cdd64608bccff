import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { CertificateKind, IssuedCertificate } from '../protocol.ts';
import { ipv6Hex } from './addresses.ts';
import { bits, boolean, der, integer, octets, oid, pem, sequence, set, tagged, time, utf8 } from './der.ts';

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const SERVER_AND_CLIENT = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'));

interface Subject {
  name: string;
  key: KeyObject;
}

/** The certificate authority of one world instance: EC keys, valid for ten years so that clock jumps do not end it. */
export class CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly #subject: Subject;
  readonly #privateKey: KeyObject;
  readonly #made = new Map<string, IssuedCertificate>();

  constructor(name: string) {
    const keys = keyPair();
    this.#subject = { name, key: keys.publicKey };
    this.#privateKey = keys.privateKey;
    this.certificate = issue({ subject: this.#subject, issuer: this.#subject, signer: keys.privateKey, ...tenYears(), extensions: authorityExtensions(keys.publicKey) });
  }

  /** Name of the link in a directory of trusted certificates by which OpenSSL finds the authority (c_rehash). */
  get subjectHash(): string {
    // OpenSSL hashes the name with lower-cased UTF-8 values and without the outer SEQUENCE.
    const canonical = set(sequence(oid('2.5.4.3'), utf8(this.#subject.name.toLowerCase())));
    return createHash('sha1').update(canonical).digest().readUInt32LE(0).toString(16).padStart(8, '0');
  }

  /** A certificate and its key, made once per names and kind. `expired` ended a year ago. */
  certificateFor(names: readonly string[], kind: CertificateKind): IssuedCertificate {
    const id = `${kind} ${names.join(' ')}`;
    const known = this.#made.get(id);
    if (known) return known;
    const keys = keyPair();
    const subject: Subject = { name: kind === 'wrong-name' ? 'another.invalid' : (names[0] ?? 'nameless.invalid'), key: keys.publicKey };
    const selfSigned = kind === 'self-signed';
    const period = kind === 'expired' ? { from: new Date(Date.now() - 730 * DAY_MS), to: new Date(Date.now() - 365 * DAY_MS) } : tenYears();
    const issuer = selfSigned ? subject : this.#subject;
    const cert = issue({
      subject,
      issuer,
      signer: selfSigned ? keys.privateKey : this.#privateKey,
      ...period,
      extensions: leafExtensions(kind === 'wrong-name' ? ['another.invalid'] : names, keys.publicKey, issuer.key),
    });
    const made = { cert, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    this.#made.set(id, made);
    return made;
  }
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const tenYears = () => ({ from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + 3650 * DAY_MS) });
const distinguishedName = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(name))));
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();
const extension = (id: string, critical: boolean, value: Buffer): Buffer => sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

function authorityExtensions(key: KeyObject): Buffer[] {
  return [extension('2.5.29.19', true, sequence(boolean(true))), extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)), extension('2.5.29.14', false, octets(keyId(key)))];
}

function leafExtensions(names: readonly string[], key: KeyObject, issuerKey: KeyObject): Buffer[] {
  const alternatives = names.map((name) => (isIP(name) ? der(0x87, addressBytes(name)) : der(0x82, Buffer.from(name))));
  return [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, SERVER_AND_CLIENT),
    extension('2.5.29.17', false, sequence(...alternatives)),
    extension('2.5.29.14', false, octets(keyId(key))),
    extension('2.5.29.35', false, sequence(der(0x80, keyId(issuerKey)))),
  ];
}

function addressBytes(address: string): Buffer {
  return isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : Buffer.from(ipv6Hex(address), 'hex');
}

/** X.509 version 3 (RFC 5280 section 4.1), as PEM. */
function issue(of: { subject: Subject; issuer: Subject; signer: KeyObject; from: Date; to: Date; extensions: Buffer[] }): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) | 0x40;
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    distinguishedName(of.issuer.name),
    sequence(time(of.from), time(of.to)),
    distinguishedName(of.subject.name),
    spki(of.subject.key),
    tagged(3, sequence(...of.extensions)),
  );
  return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(sign('sha256', body, of.signer))));
}
