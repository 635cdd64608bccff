/** `<22>Nov 21 10:00:00 ` before the tag: priority and glibc's own date, which no preload library can move. */
const PRIORITY = /^<\d{1,3}>/;
const DATE = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /;

/** What a server meant to say in a message to /dev/log, which host-init writes down: `postfix/smtpd[12]: connect from ...`. */
export function syslogText(message: string): string {
  return message.replace(PRIORITY, '').replace(DATE, '').trimEnd();
}
