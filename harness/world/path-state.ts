import path from 'node:path';
import { quoted } from '../base/index.ts';

/** What is at one path of a host. `mode` says only how something that is there may be used, whatever is in it. */
export type PathState =
  | { kind: 'absent' }
  | { kind: 'file'; content: Buffer; mode: string; owner: string }
  | { kind: 'mode'; mode: string; owner: string }
  | { kind: 'link'; target: string };

/** The engine binds this file into the container: it can be written, not replaced. */
const BOUND = '/etc/resolv.conf';

/** Script that says what is at each of these paths; `readStates` reads what it says. */
export function statesScript(paths: readonly string[]): string {
  return `say() {
if [ -L "$1" ]; then echo "link $(readlink "$1" | base64 -w0)"
elif [ -f "$1" ]; then echo "file $(stat -c '%a %u:%g' "$1") $(base64 -w0 "$1")"
elif [ -e "$1" ]; then echo "mode $(stat -c '%a %u:%g' "$1")"
else echo absent; fi
}
${paths.map((one) => `say ${quoted(one)}`).join('\n')}`;
}

/** @throws Error when it is not what `statesScript` says of so many paths */
export function readStates(paths: readonly string[], said: string): Map<string, PathState> {
  const lines = said.split('\n').filter((line) => line !== '');
  if (lines.length !== paths.length) throw new Error(`expected what is at ${paths.length} paths, got:\n${said.slice(0, 2000)}`);
  return new Map(paths.map((one, index) => [one, readState(lines[index] ?? '')]));
}

function readState(line: string): PathState {
  const [kind, first = '', owner = '', content = ''] = line.split(' ');
  switch (kind) {
    case 'absent':
      return { kind };
    case 'link':
      return { kind, target: Buffer.from(first, 'base64').toString() };
    case 'mode':
      return { kind, mode: first, owner };
    case 'file':
      return { kind, mode: first, owner, content: Buffer.from(content, 'base64') };
    default:
      throw new Error(`not the state of a path: ${line.slice(0, 200)}`);
  }
}

/** Script that makes each path so. A server that reads a file meanwhile finds it as it was or as it is to be, never half of it. */
export function putScript(states: ReadonlyMap<string, PathState>): string {
  return ['set -e', ...[...states].map(([at, state]) => put(at, state))].join('\n');
}

/** Each command on a line of its own: the shell's `set -e` passes over what fails before an `&&`. */
function put(at: string, state: PathState): string {
  const here = quoted(at);
  const directory = quoted(path.posix.dirname(at));
  switch (state.kind) {
    case 'absent':
      return `rm -f ${here}`;
    case 'link':
      return `mkdir -p ${directory}\nln -sfnT ${quoted(state.target)} ${here}`;
    case 'mode':
      return `chown ${state.owner} ${here}\nchmod ${state.mode} ${here}`;
    case 'file': {
      const text = `<<'MAILPROOF'\n${state.content.toString('base64').replace(/(.{1,76})/g, '$1\n')}MAILPROOF`;
      if (at === BOUND) return `base64 -d > ${here} ${text}`;
      return `new=$(mktemp -p /var/tmp)
base64 -d > "$new" ${text}
chown ${state.owner} "$new"
chmod ${state.mode} "$new"
mkdir -p ${directory}
mv -fT "$new" ${here}`;
    }
  }
}
