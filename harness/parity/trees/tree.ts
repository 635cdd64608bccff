import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../../base/index.ts';
import type { Tree } from './model.ts';

/** @throws MailproofError NOT_FOUND when the folder holds no worlds */
export function treeOf(side: 'base' | 'head', folder: string): Tree {
  const root = path.resolve(folder);
  if (!existsSync(path.join(root, 'scenarios')))
    throw new MailproofError('NOT_FOUND', `--${side} ${folder}: there is no folder scenarios/ in it`, {
      hint: `name the root of a project; of another commit: git worktree add ../${side} COMMIT`,
    });
  const commit = git(root, ['rev-parse', 'HEAD']);
  const dirty = commit !== undefined && git(root, ['status', '--porcelain', '--', 'scenarios', 'fixtures', 'containers']) !== '';
  return { folder: root, ...(commit === undefined ? {} : { commit: `${commit}${dirty ? ' and changes that are not committed' : ''}` }) };
}

/** undefined where there is no git, or no repository. */
function git(dir: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', dir, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
