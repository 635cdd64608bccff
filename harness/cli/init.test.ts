import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { Folder, type Said } from './testing.ts';

/**
 * What Debian itself makes of "internet site" for example.org, in a repository that has nothing else:
 *
 *   client.sender.test -> mx (mail.example.org, with root's mail in a file) -> hosted.test, later.test (never takes any)
 */
const DEADLINE_MS = 180_000;

/** The packages' own answers to debconf; the tree that dpkg-reconfigure then makes goes out as an archive in base64. */
const DEBIAN = {
  exim: `debconf-set-selections <<'END'
exim4-config exim4/dc_eximconfig_configtype select internet site; mail is sent and received directly using SMTP
exim4-config exim4/use_split_config boolean true
exim4-config exim4/mailname string example.org
exim4-config exim4/dc_other_hostnames string example.org
exim4-config exim4/dc_local_interfaces string
exim4-config exim4/dc_localdelivery select mbox format in /var/mail/
END
rm -f /etc/exim4/update-exim4.conf.conf /etc/mailname
dpkg-reconfigure -f noninteractive exim4-config > /dev/null 2>&1
tar -C / -c etc/exim4 etc/aliases etc/mailname etc/email-addresses | base64`,
  postfix: `debconf-set-selections <<'END'
postfix postfix/main_mailer_type select Internet Site
postfix postfix/mailname string example.org
postfix postfix/destinations string $myhostname, example.org, localhost
END
rm -f /etc/mailname
dpkg-reconfigure -f noninteractive postfix > /dev/null 2>&1
tar -C / -c etc/postfix etc/aliases etc/mailname | base64`,
} as const;

/** What an administrator changes for the worse, and the scenario that notices. */
const WORSE = {
  exim: {
    file: 'etc/exim4/update-exim4.conf.conf',
    from: "dc_relay_nets=''",
    to: "dc_relay_nets='0.0.0.0/0'",
    scenario: 'relay',
    notices: /✗ mail\/exim Nobody is relayed from outside: x@hosted\.test/,
  },
  postfix: { file: 'etc/aliases', from: /^postmaster:.*$/m, to: 'postmaster: nobody', scenario: 'postmaster', notices: /✗ mail\/postfix Postmaster of example\.org has mail/ },
} as const;

describe.each(['exim', 'postfix'] as const)("Debian's default %s", (mta) => {
  const user = new Folder();
  const server = path.join(user.root, 'server');
  let init: Said;

  beforeAll(async () => {
    const engine = await openEngine(() => {});
    const image = { image: mta, release: 'bookworm' };
    const tag = (await engine.ensureImages([image], () => {})).get(`${mta}@bookworm`)?.tag ?? '';
    const { status, output } = await engine.runOnce({ image: tag, files: [], script: `export DEBIAN_FRONTEND=noninteractive\n${DEBIAN[mta]}` });
    expect(status, output).toBe(0);
    mkdirSync(server);
    execFileSync('tar', ['-x', '-C', server], { input: Buffer.from(output, 'base64') });
    init = await user.run(['init', '--mta', mta, '--config', server, '--domain', 'example.org']);
  }, DEADLINE_MS);
  afterAll(async () => {
    expect(await (await openEngine(() => {})).sweep({ 'mailproof.dir': path.join(user.root, 'scenarios/mail') })).toBe(0);
    user.remove();
  });

  test('has a world, scenarios and files for CI written around it, and its files as they are', () => {
    expect(init.status, init.stderr).toBe(0);
    const wrote = init.stdout.match(/^wrote (?!\d).*$/gm)?.map((line) => line.slice('wrote '.length));
    expect(wrote).toEqual([
      'scenarios/mail/world.yaml',
      ...['relay', 'postmaster', 'unknown', ...(mta === 'exim' ? ['aliases'] : []), 'queue'].map((name) => `scenarios/mail/${name}.scenario.yaml`),
      '.github/workflows/mailproof.yml',
      'ci/mailproof.sh',
    ]);
    const file = mta === 'exim' ? 'etc/exim4/conf.d/acl/30_exim4-config_check_rcpt' : 'etc/postfix/main.cf';
    expect(user.read(`fixtures/mail/mx/${file}`)).toBe(readFileSync(path.join(server, file), 'utf8'));
  });

  test(
    'passes check',
    async () => {
      const { status, stdout, stderr } = await user.run(['check']);
      expect(status, stdout + stderr).toBe(0);
      expect(stdout).toContain(`ok     mail/${mta} mx (${mta}, bookworm)\n`);
    },
    DEADLINE_MS,
  );

  test(
    'runs green, each entry of its alias file among the scenarios',
    async () => {
      const { status, stdout, stderr } = await user.run(['run', 'mail']);
      expect(status, stdout + stderr).toBe(0);
      expect(stdout).toMatch(new RegExp(`✓ mail/${mta} A message that nobody takes waits for ${mta === 'exim' ? 4 : 5}d, and is returned then`));
      const entries = user.read('fixtures/mail/mx/etc/aliases').match(/^[\w-]+(?=:)/gm) ?? [];
      expect(entries).toContain('postmaster');
      for (const name of entries.filter((one) => one !== 'postmaster')) expect(stdout).toContain(`✓ mail/${mta} Mail to ${name}@example.org reaches root`);
    },
    DEADLINE_MS,
  );

  test(
    'is red once it is changed for the worse',
    async () => {
      const { file, from, to, scenario, notices } = WORSE[mta];
      const before = user.read(`fixtures/mail/mx/${file}`);
      expect(before).toMatch(from);
      user.write(`fixtures/mail/mx/${file}`, before.replace(from, to));
      const { status, stdout } = await user.run(['run', `scenarios/mail/${scenario}.scenario.yaml`]);
      expect(stdout).toMatch(notices);
      expect(status).toBe(1);
    },
    DEADLINE_MS,
  );

  test('is not written twice', async () => {
    const again = await user.run(['init', '--mta', mta, '--config', server, '--domain', 'example.org']);
    expect(again.status).toBe(3);
    expect(again.stderr).toMatch(/^mailproof: INPUT: nothing was written: these files are there already: scenarios\/mail\/world\.yaml, /);
  });
});

test('without a terminal, what was not told is named by its flag', async () => {
  const user = new Folder();
  const { status, stderr } = await user.run(['init', '--mta', 'exim']);
  user.remove();
  expect(status).toBe(3);
  expect(stderr).toBe('mailproof: USAGE: init was not told --config DIR, --domain DOMAIN\n  at a terminal it asks for them\n');
});
