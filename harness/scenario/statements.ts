import type { Path } from '../base/index.ts';
import type { ClientYaml } from '../world/index.ts';
import type { CheckContext } from './check-context.ts';
import type { StepContext } from './run.ts';
import { fedScript } from './shell.ts';

/** What a database or a directory of the world is told. */
export interface Statements {
  /** `database`, `directory` */
  what: string;
  name: string;
  client: ClientYaml | undefined;
  /** Those of its hosts that are told; all when undefined. */
  on: string[] | undefined;
  /** Key of the step that holds the text. */
  key: string;
  text: string;
  undo: string | undefined;
}

export function checkStatements({ what, name, client, on }: Statements, names: readonly string[], context: CheckContext): void {
  if (!context.known(['in'], what, name, names) || client === undefined) return;
  on?.forEach((host, index) => {
    context.known(['on', index], 'host', host, client.hosts, `of ${what} ${name}`);
  });
}

/** Tells each host in order; what takes it back is told to each at the end of the scenario. */
export async function runStatements(statements: Statements, context: StepContext): Promise<void> {
  const { what, name, client, key, text, undo } = statements;
  if (client === undefined) return context.fail(['in'], `no ${what} "${name}" in this world`);
  const hosts = statements.on ?? client.hosts;
  if (undo !== undefined) {
    context.undo(`${what} ${name}`, async () => {
      for (const host of hosts) await tell(host, client.client, undo, ['undo'], context, ' (taking back)');
    });
  }
  for (const host of hosts) await tell(host, client.client, text, [key], context);
}

async function tell(host: string, client: string, text: string, path: Path, context: StepContext, note = ''): Promise<void> {
  const began = performance.now();
  const { status, output } = await context.run.hub.exec({ host, script: fedScript(client, Buffer.from(text.endsWith('\n') ? text : `${text}\n`)) });
  const said = output.trimEnd();
  const ms = Math.round(performance.now() - began);
  context.transcript([
    { ms: 0, mark: '--', text: `${host}: ${client}${note}` },
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => ({ ms: 0, mark: '->' as const, text: line })),
    ...(said === '' ? [] : said.split('\n').map((line) => ({ ms, mark: '<-' as const, text: line }))),
  ]);
  if (status !== 0) context.fail(path, `on ${host} \`${client}\` ended with status ${status}; it said:\n${said || '(nothing)'}`);
}
