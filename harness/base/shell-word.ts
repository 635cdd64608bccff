/** A word for /bin/sh that means this text and nothing else. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
