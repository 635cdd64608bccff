import { messageOf } from '../base/index.ts';
import type { Engine } from '../engine/index.ts';
import { accountFiles } from './accounts.ts';
import { ownership } from './hub-world.ts';
import { joinedManifest } from './manifest.ts';
import type { HostModel, WorldModel } from './model.ts';
import { readOverlays } from './overlay.ts';
import { imagesOf } from './start.ts';

/** What a server said of its own configuration. */
export interface ServerCheck {
  world: string;
  variants: string[];
  host: string;
  image: string;
  release: string;
  ok: boolean;
  output: string;
}

export interface ServerCheckOptions {
  engine: Engine;
  report: (line: string) => void;
  /** Hosts to ask; all unless told. */
  only?: (host: HostModel) => boolean;
}

/**
 * Asks each server about its own configuration. One container for each different configuration, all side by side;
 * variants that share a host's configuration share the check.
 * @throws MailproofError IMAGE_FAILED, ENGINE_FAILED
 */
export async function checkServers(models: readonly WorldModel[], { engine, report, only = () => true }: ServerCheckOptions): Promise<ServerCheck[]> {
  const images = await engine.ensureImages(models.flatMap(imagesOf), report);
  const jobs = new Map<string, { model: WorldModel; host: HostModel; script: string; variants: string[] }>();
  for (const model of models) {
    for (const host of model.hosts.filter(only)) {
      const manifest = joinedManifest(host);
      if (manifest.checks.length === 0) continue;
      const script = [
        ...Object.keys(host.tmpfs).map((directory) => `mkdir -p '${directory}'`),
        ...Object.entries(host.modes).map(([file, mode]) => ownership(file, mode)),
        ...manifest.prepare,
        ...host.prepare,
        ...manifest.checks,
      ]
        .map((line) => `{ ${line.trimEnd()}\n} || exit`)
        .join('\n');
      const key = JSON.stringify([model.name, host.name, host.image, host.release, host.files, script]);
      const job = jobs.get(key) ?? { model, host, script, variants: [] };
      job.variants.push(model.variant);
      jobs.set(key, job);
    }
  }
  return Promise.all(
    [...jobs.values()].map(async ({ model, host, script, variants }) => {
      const accounts = model.accounts === undefined ? [] : accountFiles(model.accounts, model.accounts.users, 'start').filter((file) => file.host === host.name);
      const files = [
        ...readOverlays(host.files),
        ...accounts.map((file) => ({ path: file.path, content: Buffer.from(file.content), mode: 0o644 })),
        // Real certificates are made by the world; a syntax check only wants the files to be there.
        ...host.certificates.flatMap(({ cert, key }) => [cert, key].map((file) => ({ path: file, content: Buffer.from('a certificate of the world comes here\n'), mode: 0o644 }))),
      ];
      const base = { world: model.name, variants, host: host.name, image: host.image, release: host.release };
      const tag = images.get(`${host.image}@${host.release}`)?.tag ?? '';
      try {
        // As its host has it: a packet filter cannot even be checked without.
        const { status, output } = await engine.runOnce({ image: tag, files, script, capabilities: ['NET_ADMIN'] });
        return { ...base, ok: status === 0, output: output.trim() };
      } catch (error) {
        return { ...base, ok: false, output: messageOf(error) };
      }
    }),
  );
}
