import { MailproofError, messageOf, quoted } from '../base/index.ts';
import type { HubClient } from '../internet/index.ts';
import { forgetMailboxes, writeFileScript } from '../scenario/index.ts';
import { type HostModel, type OverlayFile, readOverlays } from '../world/index.ts';
import { byFile, type ChangedFile, changed } from './change.ts';
import type { Fault } from './fault-table.ts';
import type { Instance } from './instance.ts';

/** Where a host keeps what stood in its files before, with mode and owner. */
const BEFORE = '/var/tmp/mailproof-fault';

/**
 * Changes the files on the running hosts, while what reads them is stopped, and starts that again.
 * @returns why the hosts did not come up with it, or undefined
 * @throws MailproofError when the change could not be made
 */
export async function plant(instance: Instance, fault: Fault): Promise<{ refused: string } | undefined> {
  const { hub } = instance.world;
  const files = byFile(fault.changes);
  await eachPart(instance, fault, 'down');
  await Promise.all(files.map((file, index) => change(hub, file, index)));
  try {
    await eachPart(instance, fault, 'up');
  } catch (error) {
    if (error instanceof MailproofError && (error.code === 'HOST_NOT_UP' || error.code === 'COMMAND_FAILED')) return { refused: messageOf(error) };
    throw error;
  }
  return undefined;
}

/** Puts everything back as it was before `plant`. @throws MailproofError */
export async function takeBack(instance: Instance, fault: Fault): Promise<void> {
  await eachPart(instance, fault, 'down');
  await Promise.all(byFile(fault.changes).map(({ host, file }, index) => sh(instance.world.hub, host, `cp -a ${BEFORE}/${index} ${quoted(file)}`)));
  await eachPart(instance, fault, 'up');
}

/** The overlays of a world that starts with the fault in it. */
export function overlayWith(fault: Fault): (host: HostModel) => OverlayFile[] {
  const files = byFile(fault.changes);
  return (host) =>
    readOverlays(host.files).flatMap((overlay) => {
      const own = files.find((one) => one.host === host.name && one.file === overlay.path);
      const text = own === undefined ? undefined : changed(own, overlay.content.toString('utf8'));
      return own === undefined ? [overlay] : text === undefined ? [] : [{ ...overlay, content: Buffer.from(text) }];
    });
}

async function change(hub: HubClient, file: ChangedFile, index: number): Promise<void> {
  const { host } = file;
  const path = quoted(file.file);
  const before = Buffer.from(await sh(hub, host, `install -d ${BEFORE} && cp -a ${path} ${BEFORE}/${index} && base64 < ${path}`), 'base64');
  const text = changed(file, before.toString('utf8'));
  await sh(hub, host, text === undefined ? `rm ${path}` : writeFileScript(file.file, Buffer.from(text)));
}

async function sh(hub: HubClient, host: string, script: string): Promise<string> {
  const { status, output } = await hub.exec({ host, script });
  if (status !== 0) throw new MailproofError('ENGINE_FAILED', `host ${host}: changing a file ended with status ${status}: ${output.trim()}`);
  return output;
}

/** Stops or starts what must see the change, in order. */
async function eachPart({ world }: Instance, { then, changes }: Fault, to: 'down' | 'up'): Promise<void> {
  const { hub } = world;
  forgetMailboxes(world);
  if (typeof then === 'object') {
    for (const part of to === 'up' ? then.restart : then.restart.toReversed()) await hub.host({ ...part, action: to === 'up' ? 'start' : 'stop' });
  } else if (then === 'reload' && to === 'up') {
    for (const host of new Set(changes.map((one) => one.host))) await hub.host({ host, action: 'reload' });
  }
}
