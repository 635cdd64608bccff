import type { Mta } from '../answers.ts';
import type { ConfigTree } from '../config-tree.ts';
import { eximSettings } from './exim.ts';
import { postfixSettings } from './postfix.ts';
import type { Settings } from './settings.ts';

export { type Settings, textOf } from './settings.ts';

/** What a configuration says of itself. @throws MailproofError INPUT for a server that takes no mail from outside */
export const SETTINGS: Readonly<Record<Mta, (tree: ConfigTree) => Settings>> = { exim: eximSettings, postfix: postfixSettings };
