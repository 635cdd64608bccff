/** Changes of the configuration of the world `starter` on Exim, planted to see who notices. */
export interface Fault {
  name: string;
  host: 'mx' | 'store';
  /** File of the host and what stands in it; replaced once. */
  path: string;
  replace: string;
  with: string;
  /** Scenarios of watch/ that must fail, and what each must say; all others must pass. */
  noticed: Record<string, RegExp>;
  /** What nobody's mail accounts for is told by every scenario that was there, so others may say the same. */
  told?: RegExp;
  /** Address or name that the run lists as not of this world. */
  listed?: string;
}

const EXIM = '/etc/exim4/exim4.conf';

export const FAULTS: readonly Fault[] = [
  {
    name: 'open-relay',
    host: 'mx',
    path: EXIM,
    replace: '  deny    domains        = ! +local_domains\n          message        = 554 5.7.1 Relay access denied\n',
    with: '  accept  domains        = ! +local_domains\n',
    noticed: { 'A stranger cannot send through the relay': /refused/ },
  },
  {
    name: 'one-copy-too-many',
    host: 'mx',
    path: '/etc/exim4/aliases',
    replace: 'team:           alice, bob, carol',
    with: 'team:           alice, bob, carol, dave',
    noticed: { 'An alias reaches each of its targets': /dave@example\.test/ },
  },
  {
    name: 'store-drops',
    host: 'store',
    path: '/etc/dovecot/dovecot.conf',
    replace: '  postmaster_address = postmaster@example.test\n',
    with: '  postmaster_address = postmaster@example.test\n  mail_location = maildir:~/nowhere\n',
    noticed: {
      'A message reaches an account, body and all': /alice/,
      'An alias reaches each of its targets': /alice|bob|carol/,
    },
  },
  {
    name: 'duplicate',
    host: 'mx',
    path: '/etc/exim4/aliases',
    replace: 'team:           alice, bob, carol',
    with: 'team:           alice, bob, carol, carol+team',
    noticed: { 'An alias reaches each of its targets': /carol/ },
  },
  {
    name: 'unknown-name',
    host: 'mx',
    path: EXIM,
    replace: '          dnslists       = bl.test\n',
    with: '          dnslists       = bl.test : rbl.elsewhere.test\n',
    noticed: {
      'A message reaches an account, body and all': /elsewhere\.test/,
      'An alias reaches each of its targets': /elsewhere\.test/,
    },
    told: /elsewhere\.test/,
    listed: '.rbl.elsewhere.test',
  },
  {
    name: 'leaves-for-an-unknown-address',
    host: 'mx',
    path: EXIM,
    replace: '# The world beyond.\n',
    with: 'archive:\n  driver = manualroute\n  domains = hosted.test\n  transport = remote_smtp\n  route_list = * 192.0.2.77\n\n',
    // The mail waits, since nobody is there; the address stands in the list of what the world does not know.
    noticed: { 'What people send goes out': /unreachable/ },
    told: /192\.0\.2\.77/,
    listed: '192.0.2.77',
  },
  {
    name: 'footer',
    host: 'mx',
    path: EXIM,
    replace: 'store_lmtp:\n  driver   = smtp\n',
    with: 'store_lmtp:\n  driver   = smtp\n  transport_filter = /bin/sed -e s/tomorrow/to-morrow/\n',
    noticed: { 'A message reaches an account, body and all': /body/ },
  },
  { name: 'comment', host: 'mx', path: EXIM, replace: '# The world beyond.\n', with: '# The world beyond, and a comment that changes nothing.\n', noticed: {} },
  {
    name: 'other-text',
    host: 'mx',
    path: EXIM,
    replace: '          message        = 554 5.7.1 Relay access denied\n\n  # A postmaster',
    with: '          message        = 554 5.7.1 We do not carry mail for strangers\n\n  # A postmaster',
    noticed: {},
  },
];
