import { isIP } from 'node:net';
import { joinedManifest } from '../manifest.ts';
import type { HostModel, WorldModel } from '../model.ts';
import { imageFiles, type OverlayFile, readOverlays } from '../overlay.ts';
import { IMAGE_OF_PORT, NEED_RULES, type NeedRule } from './needs-table.ts';

/** What a configuration needs and nothing in the world seems to be. */
export interface Need {
  world: string;
  variants: string[];
  host: string;
  /** On the host. */
  file: string;
  line: number;
  /** The line up to what is needed. */
  text: string;
  what: string;
  place: string;
  /** What would provide it, as it stands in world.yaml. */
  provide: string;
}

/**
 * Looks through the files of all hosts for what they need of the world: certificates, sockets, milters, directories, databases, smarthosts.
 * What another file, an image or a `prepare` script mentions is taken to be there, so that a need that is told is most likely one.
 */
export function findNeeds(models: readonly WorldModel[]): Need[] {
  const found = new Map<string, Need>();
  for (const model of models) {
    for (const need of model.hosts.flatMap((host) => needsOf(model, host))) {
      const key = JSON.stringify([need.world, need.host, need.file, need.line, need.text, need.place]);
      const known = found.get(key);
      if (known === undefined) found.set(key, need);
      else known.variants.push(model.variant);
    }
  }
  return [...found.values()];
}

/** Something that a line names. */
interface Wanted {
  rule: NeedRule;
  line: number;
  text: string;
  place: string;
  host: string | undefined;
  port: string | undefined;
}

/** What a file of a server's configuration names, wherever it is. */
export function wantedIn({ path, content }: Pick<OverlayFile, 'path' | 'content'>): Wanted[] {
  const rules = NEED_RULES.filter((rule) => rule.files.test(path));
  if (rules.length === 0) return [];
  return settingsOf(content.toString('utf8')).flatMap(({ text, line }) =>
    rules.flatMap((rule) => {
      const setting = rule.setting.exec(text)?.[0];
      if (setting === undefined) return [];
      return [...text.slice(setting.length).matchAll(rule.value)].flatMap(({ index, 0: whole, groups }): Wanted[] => {
        const end = setting.length + index + whole.length;
        return groups?.place === undefined ? [] : [{ rule, line, text: cut(text, end), place: groups.place, host: groups.host, port: groups.port }];
      });
    }),
  );
}

/** What stands behind the place may be a password, and is nobody's business in a log. */
function cut(text: string, end: number): string {
  return `${text.slice(0, end).trim()}${text.slice(end).trim() === '' ? '' : '…'}`;
}

/** Lines without comments; a value that begins on the next line (postconf(5)) is put behind its setting. */
function settingsOf(text: string): { text: string; line: number }[] {
  const settings: { text: string; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const before = settings.at(-1);
    if (before !== undefined && /^\s/.test(line) && /[=,]\s*$/.test(before.text)) before.text += ` ${line.trim()}`;
    else settings.push({ text: line, line: index + 1 });
  }
  return settings;
}

function needsOf(model: WorldModel, host: HostModel): Need[] {
  const files = readOverlays(host.files);
  return files.flatMap((file) =>
    wantedIn(file)
      .filter((wanted) => !isThere(wanted, { model, host, files, file }))
      .map((wanted) => {
        const { rule, line, text, place } = wanted;
        return { world: model.name, variants: [model.variant], host: host.name, file: file.path, line, text, what: rule.what, place, provide: provider(wanted, host) };
      }),
  );
}

interface Where {
  model: WorldModel;
  host: HostModel;
  files: readonly OverlayFile[];
  file: OverlayFile;
}

const isLocal = (name: string): boolean => name === 'localhost' || name.startsWith('127.') || name === '::1';

function isThere({ rule, place, host: name, port }: Wanted, where: Where): boolean {
  const { model, host, files } = where;
  if (rule.kind === 'certificate')
    return files.some(({ path }) => path === place) || host.certificates.some(({ cert, key }) => cert === place || key === place) || isMentioned(place, where);
  if (rule.kind === 'socket') return isMentioned(place.split('/').at(-1) ?? place, where);
  if (name === undefined) return true;
  if (isLocal(name)) return port === undefined || hasPort(host, Number(port)) || isMentioned(port, where);
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const exchangers = model.outside.flatMap((party) => party.exchangers ?? []);
  if (isIP(wanted) !== 0) return [...model.hosts, ...exchangers].some(({ addresses }) => addresses.includes(wanted));
  const names = [...model.hosts.map(({ fqdn }) => fqdn), ...[...model.dns, ...exchangers].map((one) => one.name), ...model.outside.map(({ domain }) => domain)];
  return names.includes(wanted);
}

function hasPort(host: HostModel, port: number): boolean {
  const { services } = joinedManifest(host);
  return Object.entries(services).some(([name, service]) => (host.ready[name] ?? service.ready).some((ready) => 'port' in ready && ready.port === port));
}

function isMentioned(text: string, { host, files, file }: Where): boolean {
  const others = [...files.filter((one) => one !== file), ...imageFiles(host)];
  return host.prepare.some((script) => script.includes(text)) || others.some(({ content }) => content.includes(text));
}

function provider({ rule: { kind, image, what }, place, host: name, port }: Wanted, host: HostModel): string {
  if (kind === 'certificate') return `hosts.${host.name}.certificates: [{ names: [${host.fqdn}], cert: CERTIFICATE, key: KEY }], one of them ${place}`;
  const known = image ?? IMAGE_OF_PORT[port ?? ''];
  if (kind === 'socket' || (name !== undefined && isLocal(name)))
    return `hosts.${host.name}.image: [${[...host.layers, known ?? 'IMAGE'].join(', ')}]${known === undefined ? `, where IMAGE, a folder of containers/, is ${what}` : ''}`;
  if (name !== undefined && isIP(name) !== 0) return `hosts: a host with ${name} among its addresses`;
  return known === undefined ? `outside: { ${name}: {} }, or a host with fqdn: ${name}` : `hosts: { NAME: { image: ${known}, fqdn: ${name}, addresses: [ADDRESS] } }`;
}
