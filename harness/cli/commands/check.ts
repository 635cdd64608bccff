import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, EXIT, renderDiagnostics } from '../../base/index.ts';
import { openEngine } from '../../engine/index.ts';
import { readCandidates, readFaults } from '../../faults/index.ts';
import { findScenarioFiles } from '../../runner/index.ts';
import { parseScenarios } from '../../scenario/index.ts';
import { checkServers, findNeeds, findWorlds, type Need, readWorld, type WorldModel, worldFile } from '../../world/index.ts';
import { type Command, flag, print, progress } from '../command.ts';

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
    const needs = diagnostics.length > 0 ? [] : findNeeds(models);
    // Said before anything starts: a server may hang on what is not there.
    if (!args.json) for (const need of needs) process.stdout.write(`${needText(need)}\n`);
    const servers = flag(args, 'files-only') || diagnostics.length > 0 ? [] : await checkServers(models, { engine: await openEngine(progress), report: progress });
    const bad = servers.filter((server) => !server.ok);
    print(args, { diagnostics, needs, servers }, () =>
      [
        ...(diagnostics.length > 0 ? [renderDiagnostics(diagnostics, sources), ''] : []),
        ...servers.map(
          (server) =>
            `${server.ok ? 'ok    ' : 'FAILED'} ${server.world}/${server.variants.join(',')} ${server.host} (${server.image}, ${server.release})${server.ok ? '' : `\n${server.output}`}`,
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

function needText({ world, variants, host, file, line, text, what, place, provide }: Need): string {
  return `NEEDS  ${world}/${variants.join(',')} ${host} ${file}:${line} names ${what}, ${place}, which this world does not seem to have\n         ${text}\n         world.yaml: ${provide}`;
}

const shown = (file: string): string => path.relative(process.cwd(), file) || file;
