/** One member of an archive: a file, or a directory when it has no content. */
export interface TarMember {
  /** Without a leading slash. */
  path: string;
  content?: Buffer;
  mode: number;
  uid?: number;
  gid?: number;
}

const BLOCK = 512;

/** Archive in the POSIX ustar form, with a pax header (POSIX.1-2001) where a path is too long for it. All stamps are 0, so that equal members make equal archives. */
export function* tarChunks(members: Iterable<TarMember>): Generator<Buffer> {
  for (const member of members) {
    const path = member.content === undefined ? `${member.path.replace(/\/+$/, '')}/` : member.path;
    const content = member.content ?? Buffer.alloc(0);
    if (Buffer.byteLength(path) > 100) {
      const record = paxRecord('path', path);
      yield header('PaxHeader', record.length, { mode: 0o644, uid: 0, gid: 0, kind: 'x' });
      yield padded(record);
    }
    const kind = member.content === undefined ? '5' : '0';
    yield header(path, content.length, { mode: member.mode, uid: member.uid ?? 0, gid: member.gid ?? 0, kind });
    yield padded(content);
  }
  yield Buffer.alloc(2 * BLOCK);
}

export function tar(members: Iterable<TarMember>): Buffer {
  return Buffer.concat([...tarChunks(members)]);
}

/** Every directory on the way to these paths, outermost first. */
export function parentsOf(paths: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').filter((part) => part !== '');
    for (let depth = 1; depth < parts.length; depth++) found.add(parts.slice(0, depth).join('/'));
  }
  return [...found].sort();
}

function header(path: string, size: number, of: { mode: number; uid: number; gid: number; kind: string }): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0, 100, 'utf8');
  block.write(octal(of.mode & 0o7777, 8), 100);
  block.write(octal(of.uid, 8), 108);
  block.write(octal(of.gid, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.fill(' ', 148, 156);
  block.write(of.kind, 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** The length that a record begins with counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function padded(content: Buffer): Buffer {
  const missing = (BLOCK - (content.length % BLOCK)) % BLOCK;
  return missing === 0 ? content : Buffer.concat([content, Buffer.alloc(missing)]);
}
