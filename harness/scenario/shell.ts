/** A word for /bin/sh that means this text and nothing else. */
export const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

/** Script that writes these bytes to a file, which keeps its owner and mode when it exists. */
export function writeFileScript(path: string, content: Buffer): string {
  return `base64 -d > ${quoted(path)} <<'MAILPROOF'\n${content.toString('base64').replace(/(.{1,76})/g, '$1\n')}MAILPROOF\n[ -f ${quoted(path)} ]`;
}
