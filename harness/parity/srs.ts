/**
 * SRS addresses without their hash and day, which are for the host alone that made them: `SRS0=aae5=jo=sender.test=ann@`
 * becomes `SRS0 of ann@sender.test, @`. What they stand for stays to be compared.
 */
export function withoutSrsHash(text: string): string {
  return text.replace(
    /\bSRS0[=+-][^\s=@<>]+=[A-Z2-7]{2}=([^\s=@<>]+)=([^\s@<>]+)@/gi,
    (_all, domain: string, local: string) => `SRS0 of ${local.toLowerCase()}@${domain.toLowerCase()}, @`,
  );
}
