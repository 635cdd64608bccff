import { quoted } from '../base/index.ts';

const encoded = (content: Buffer): string => content.toString('base64').replace(/(.{1,76})/g, '$1\n');

/** Script that runs a command with these bytes on its standard input, and ends as it does. */
export function fedScript(command: string, content: Buffer): string {
  return `fed() {\n${command}\n}\nbase64 -d <<'MAILPROOF' | fed\n${encoded(content)}MAILPROOF`;
}

/** Script that writes these bytes to a file, which keeps its owner and mode when it exists. */
export function writeFileScript(path: string, content: Buffer): string {
  return `base64 -d > ${quoted(path)} <<'MAILPROOF'\n${encoded(content)}MAILPROOF\n[ -f ${quoted(path)} ]`;
}
