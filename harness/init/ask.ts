import { createInterface } from 'node:readline/promises';
import { MailproofError } from '../base/index.ts';
import { isComplete, MTAS, type Told } from './answers.ts';

export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** Asks for what was not told; an empty answer asks again. @throws MailproofError USAGE when the input ends before */
export async function ask(told: Told, { input, output }: Terminal): Promise<Told> {
  if (isComplete(told)) return told;
  const lines = createInterface({ input, output });
  // Lines that come before their question, such as pasted ones, wait here.
  const answers = lines[Symbol.asyncIterator]();
  const answer = async (question: string, fits: (text: string) => boolean): Promise<string> => {
    for (;;) {
      lines.setPrompt(question);
      lines.prompt();
      const { value, done } = await answers.next();
      if (done === true) throw new MailproofError('USAGE', 'init was not told everything: the input ended', { hint: 'say it with --mta, --config and --domain' });
      if (fits(value.trim())) return value.trim();
    }
  };
  const some = (text: string): boolean => text !== '';
  try {
    const mta = told.mta ?? (await answer(`Which mail server? (${MTAS.join(', ')}) `, (text) => MTAS.some((one) => one === text)));
    const config = told.config ?? (await answer(`In which folder is its configuration? (such as /etc/${mta === 'exim' ? 'exim4' : 'postfix'}) `, some));
    const domains = told.domains.length > 0 ? told.domains : (await answer('For which domains does it take mail? (the main one first) ', some)).split(/[\s,]+/);
    return { mta, config, domains };
  } finally {
    lines.close();
  }
}
