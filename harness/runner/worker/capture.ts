import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { World } from '../../world/index.ts';

/** One attempt of a scenario whose packets are recorded. */
export interface Recorded {
  world: string;
  variant: string;
  /** The world's folder, and the scenario file in it. */
  dir: string;
  file: string;
  line: number;
  /** Row of the examples, 1 first; undefined for a scenario without. */
  row: number | undefined;
  /** 1 first. */
  attempt: number;
}

/** `starter/fault-98-exim.pcap`, below the folder of captures. */
export function captureName({ world, variant, dir, file, line, row, attempt }: Recorded): string {
  const inWorld = path
    .relative(dir, file)
    .replace(/\.scenario\.yaml$/, '')
    .split(path.sep);
  return `${[world, ...inWorld].join('/')}-${line}-${variant}${row === undefined ? '' : `-row${row}`}${attempt === 1 ? '' : `-attempt${attempt}`}.pcap`;
}

/**
 * Records every packet of the instance's wire from now on.
 * @param folder where captures lie, beside the reports
 * @returns ends the recording and writes it; resolves to the file's name as seen from the reports
 */
export async function startCapture({ hub }: World, folder: string, name: string): Promise<() => Promise<string>> {
  await hub.capture.start();
  return async () => {
    const packets = await hub.capture.stop();
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, packets);
    return `${path.basename(folder)}/${name}`;
  };
}
