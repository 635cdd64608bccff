import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { MailproofError, messageOf } from '../base/index.ts';
import type { Mta } from './answers.ts';

/** A file as it lies on the mail server. */
export interface ConfigFile {
  content: Buffer;
  executable: boolean;
}

export interface ConfigTree {
  /** By absolute path on the server. */
  files: Map<string, ConfigFile>;
  /** What is in the folder and was not taken, and why. */
  leftOut: { file: string; why: string }[];
}

interface Place {
  /** Where the server looks for its configuration. */
  home: string;
  /** One of these is in it. */
  marks: readonly string[];
  /** What the package brings into that folder with its programs; another version's would not fit the image. */
  ofPackage: RegExp;
}

const PLACES: Readonly<Record<Mta, Place>> = {
  exim: { home: '/etc/exim4', marks: ['exim4.conf', 'update-exim4.conf.conf', 'exim4.conf.template', 'conf.d'], ofPackage: /^$/ },
  postfix: {
    home: '/etc/postfix',
    marks: ['main.cf'],
    ofPackage:
      /^\/etc\/postfix\/(?:makedefs\.out|post-install|postfix-script|postfix-files|postfix-files\.d\/.*|dynamicmaps\.cf|dynamicmaps\.cf\.d\/.*|(?:main|master)\.cf\.proto)$/,
  },
};

/** Files of /etc that the configurations of both servers usually name. */
const BESIDE = ['aliases', 'mailname', 'email-addresses'];

/**
 * The configuration in a folder: a root file system that has /etc/exim4 or /etc/postfix, or the content of such a folder. Of a folder that
 * is called so and lies in an `etc`, what else the servers read in /etc is taken, too. Links are followed.
 * @throws MailproofError NOT_FOUND when the folder has no configuration of this server
 */
export function readConfigTree(folder: string, mta: Mta): ConfigTree {
  const { home, marks, ofPackage } = PLACES[mta];
  const tree: ConfigTree = { files: new Map(), leftOut: [] };
  const marked = (where: string): boolean => marks.some((name) => existsSync(path.join(where, name)));
  const take = (source: string, target: string): void => takeFile(tree, source, target, ofPackage);
  // A whole machine is no overlay: of it, only what the server reads.
  if (folder !== '/' && marked(path.join(folder, home))) {
    for (const file of filesBelow(folder)) take(path.join(folder, file), `/${file}`);
    return tree;
  }
  const inside = folder === '/' ? home : folder;
  if (!marked(inside))
    throw new MailproofError('NOT_FOUND', `--config ${folder}: no configuration of ${mta} is in it: looked for ${marks.join(', ')}, there and in ${path.join(folder, home)}`, {
      hint: `name a copy of ${home}, or of the root that it lies in`,
    });
  for (const file of filesBelow(inside)) take(path.join(inside, file), `${home}/${file}`);
  const etc = path.dirname(inside);
  if (path.basename(etc) === 'etc') for (const name of BESIDE) if (existsSync(path.join(etc, name))) take(path.join(etc, name), `/etc/${name}`);
  return tree;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.split(path.sep).includes('.git'))
    .map((file) => file.split(path.sep).join('/'))
    .sort();
}

function takeFile(tree: ConfigTree, source: string, target: string, ofPackage: RegExp): void {
  const why = whyNot(source, target, ofPackage);
  if (why !== undefined) {
    tree.leftOut.push({ file: target, why });
    return;
  }
  if (statSync(source).isDirectory()) return;
  try {
    tree.files.set(target, { content: readFileSync(source), executable: (statSync(source).mode & 0o100) !== 0 });
  } catch (error) {
    tree.leftOut.push({ file: target, why: `cannot be read: ${messageOf(error)}` });
  }
}

function whyNot(source: string, target: string, ofPackage: RegExp): string | undefined {
  const link = lstatSync(source).isSymbolicLink();
  if (ofPackage.test(target)) return 'since the image has those of its own package';
  if (link && !existsSync(source)) return `a link to ${readlinkSync(source)}, which is not here`;
  const stat = statSync(source);
  if (link && stat.isDirectory()) return 'a link to a folder';
  if (/\.(?:db|lmdb)$/.test(target)) return 'since the world makes indices anew of their texts';
  return stat.isFile() || stat.isDirectory() ? undefined : 'is neither a file nor a folder';
}
