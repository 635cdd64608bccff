import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, EXIT, messageOf, renderDiagnostics } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { readCandidates, readFaults } from '../../faults/index.ts';
import { findScenarioFiles } from '../../runner/index.ts';
import { parseScenarios } from '../../scenario/index.ts';
import { accountFiles, findWorlds, type HostModel, imagesOf, joinedManifest, ownership, readOverlays, readWorld, type WorldModel, worldFile } from '../../world/index.ts';
import { type Command, flag, print, progress } from '../command.ts';

interface ServerCheck {
  world: string;
  variants: string[];
  host: string;
  image: string;
  ok: boolean;
  output: string;
}

export const check: Command = {
  name: 'check',
  usage: '[WORLD | DIR]... [--files-only]',
  options: { 'files-only': { type: 'boolean' } },
  async run(args) {
    const dirs = args.positionals.length > 0 ? args.positionals.map((name) => path.dirname(worldFile(name, process.cwd()))) : findWorlds(process.cwd()).map((world) => world.dir);
    const sources = new Map<string, string>();
    const diagnostics: Diagnostic[] = [];
    const models: WorldModel[] = [];
    for (const dir of dirs) {
      const file = shown(path.join(dir, 'world.yaml'));
      const text = readFileSync(file, 'utf8');
      sources.set(file, text);
      const world = readWorld(file, text, dir);
      diagnostics.push(...world.diagnostics);
      models.push(...world.models);
      if (world.models.length === 0) continue;
      for (const scenarioFile of findScenarioFiles(dir).map(shown)) {
        const scenarioText = readFileSync(scenarioFile, 'utf8');
        sources.set(scenarioFile, scenarioText);
        for (const model of world.models) diagnostics.push(...unknown(diagnostics, parseScenarios(scenarioFile, scenarioText, model).diagnostics));
      }
      if (diagnostics.length > 0) continue;
      // Faults are checked against the scenarios that are to notice them, so these must be right.
      for (const variant of world.models) {
        const table = readFaults(variant, readCandidates(variant));
        if (table === undefined) continue;
        sources.set(table.file, table.text);
        diagnostics.push(...unknown(diagnostics, table.diagnostics));
      }
    }
    const servers = flag(args, 'files-only') || diagnostics.length > 0 ? [] : await checkServers(models);
    const bad = servers.filter((server) => !server.ok);
    print(args, { diagnostics, servers }, () =>
      [
        ...(diagnostics.length > 0 ? [renderDiagnostics(diagnostics, sources), ''] : []),
        ...servers.map(
          (server) => `${server.ok ? 'ok    ' : 'FAILED'} ${server.world}/${server.variants.join(',')} ${server.host} (${server.image})${server.ok ? '' : `\n${server.output}`}`,
        ),
        diagnostics.length + bad.length === 0
          ? `${sources.size} files and ${servers.length} configurations are in order`
          : `${diagnostics.length} mistakes in files, ${bad.length} configurations refused by their servers`,
      ].join('\n'),
    );
    return diagnostics.length + bad.length === 0 ? EXIT.ok : EXIT.invalidInput;
  },
};

/** Those that were not found for another variant already. */
function unknown(known: readonly Diagnostic[], found: readonly Diagnostic[]): Diagnostic[] {
  return found.filter((one) => !known.some(({ file, line, message }) => file === one.file && line === one.line && message === one.message));
}

const shown = (file: string): string => path.relative(process.cwd(), file) || file;

/** One container for each different configuration, all side by side; variants that share a host's configuration share the check. */
async function checkServers(models: readonly WorldModel[]): Promise<ServerCheck[]> {
  const engine = await openEngine(progress);
  const images = await engine.ensureImages(models.flatMap(imagesOf), progress);
  const jobs = new Map<string, { model: WorldModel; host: HostModel; script: string; variants: string[] }>();
  for (const model of models) {
    for (const host of model.hosts) {
      const manifest = joinedManifest(host.layers);
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
      const base = { world: model.name, variants, host: host.name, image: host.image };
      const tag = images.get(`${host.image}@${host.release}`)?.tag ?? '';
      try {
        const { status, output } = await engine.runOnce({ image: tag, files, script });
        return { ...base, ok: status === 0, output: output.trim() };
      } catch (error) {
        return { ...base, ok: false, output: messageOf(error) };
      }
    }),
  );
}
