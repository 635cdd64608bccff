import { GenericContainer, Wait } from 'testcontainers';
import type { Engine } from '../engine/index.ts';
import { accountFiles, imagesOf, readOverlays, startWorld, type WorldModel } from '../world/index.ts';
import type { Figure } from './figures.ts';
import { wantedOf } from './wanted.ts';

const ROUNDS = 5;
const silent = (): void => {};
// Its image cannot be pulled everywhere; the bench takes its containers away itself.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

/** How a world's containers are started by hand: the same images and files, side by side, until their ports are open. */
const PLAIN: Readonly<Record<string, { command: string; port: number }>> = {
  internet: { command: 'exec node -e \'require("net").createServer().listen(7025, "0.0.0.0")\'', port: 7025 },
  exim: { command: 'exec exim4 -bdf', port: 25 },
  // Certificates are the world's; a plain start makes one as people do.
  dovecot: {
    command:
      'mkdir -p /etc/dovecot/tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=store -days 1 -keyout /etc/dovecot/tls/store.key -out /etc/dovecot/tls/store.pem 2>/dev/null; exec dovecot -F',
    port: 993,
  },
};

/** From the call to the first answer of every service, against what is wanted and against a plain parallel start that waits on ports. */
export async function worldReady(engine: Engine, model: WorldModel): Promise<Figure[]> {
  const images = await engine.ensureImages(imagesOf(model), silent);
  const world = `${model.name}/${model.variant}`;
  const strange = model.hosts.filter((host) => !Object.hasOwn(PLAIN, host.image)).map((host) => `${host.name} (${host.image})`);
  if (strange.length > 0) process.stdout.write(`     ${world} is not held against a plain start: the bench does not know how to start ${strange.join(', ')} by hand\n`);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const started = await startWorld(model, { engine, report: silent });
    ours.push(performance.now() - began);
    await started.stop();
    if (strange.length === 0) theirs.push(await startPlainly(model, images));
  }
  const wanted = wantedOf(model.name).ready;
  const against: Figure[] = [{ name: `${world} ready, against ${wanted / 1000} s`, ours, theirs: [wanted], target: { kind: 'at most', ratio: 1 }, note: 'wanted' }];
  if (theirs.length > 0)
    against.unshift({
      name: `${world} ready, against a plain start`,
      ours,
      theirs,
      target: { kind: 'at most', ratio: 1.5 },
      note: 'plain parallel start of the same containers, waiting on their ports',
    });
  return against;
}

/** @returns milliseconds */
async function startPlainly(model: WorldModel, images: ReadonlyMap<string, { tag: string }>): Promise<number> {
  const accounts = model.accounts === undefined ? [] : accountFiles(model.accounts, model.accounts.users, 'start');
  const hosts = [{ name: 'internet', image: 'internet', release: 'bookworm', files: [] as string[] }, ...model.hosts];
  const began = performance.now();
  const started = await Promise.all(
    hosts.map((host) => {
      const plain = PLAIN[host.image];
      if (plain === undefined) throw new Error(`the bench does not know how image ${host.image} is started by hand`);
      const files = [
        ...readOverlays(host.files),
        ...accounts.filter((file) => file.host === host.name).map((file) => ({ path: file.path, content: Buffer.from(file.content), mode: 0o644 })),
      ];
      return new GenericContainer(images.get(`${host.image}@${host.release}`)?.tag ?? '')
        .withEntrypoint(['/bin/sh', '-c', plain.command])
        .withCopyContentToContainer(files.map((file) => ({ target: file.path, content: file.content, mode: file.mode })))
        .withExposedPorts(plain.port)
        .withWaitStrategy(Wait.forListeningPorts())
        .start();
    }),
  );
  const took = performance.now() - began;
  await Promise.all(started.map((container) => container.stop({ timeout: 0 })));
  return took;
}
