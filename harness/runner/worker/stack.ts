import type { Position } from '../../base/index.ts';

/** The first frame of a stack that lies in a scenario file: Vitest has mapped it to the YAML's place already. */
export function scenarioFrame(stack: string | undefined): string | undefined {
  return stack?.split('\n').find((line) => /^\s+at .*\.scenario\.yaml:\d+:\d+\)?$/.test(line));
}

/** Place that a frame names. */
export function placeOf(frame: string | undefined): Omit<Position, 'file'> | undefined {
  const match = frame?.match(/:(\d+):(\d+)\)?$/);
  return match ? { line: Number(match[1]), col: Number(match[2]) } : undefined;
}

/**
 * Leaves one frame on the error: the scenario's. Engine frames say nothing to who wrote the scenario;
 * an error that is not mailproof's own keeps them below, as it is a defect of the harness.
 */
export function pointAt(error: Error, file: string, place: Omit<Position, 'file'>, keepRest: boolean): void {
  const head = `${error.name}: ${error.message}`;
  const rest = keepRest ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  error.stack = [head, `    at ${file}:${place.line}:${place.col}`, ...rest].join('\n');
}
