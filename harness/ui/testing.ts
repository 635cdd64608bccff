import { type Browser, chromium } from 'playwright-core';
import { aptInstall, distribution, findProgram, lastLines } from '../engine/index.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * A real Chromium: that of this machine; else, on Debian and Ubuntu as root, the distribution's own is installed, as the engine is.
 * @returns the browser, or why there is none
 */
export async function openBrowser(): Promise<Browser | string> {
  const find = (): string | undefined => PROGRAMS.map(findProgram).find((file) => file !== undefined);
  let executablePath = find();
  const here = distribution();
  if (executablePath === undefined && here.apt && here.root) {
    process.stderr.write(`no Chromium here: installing it from ${here.id}'s own packages\n`);
    const { status, output } = await aptInstall(['chromium']);
    executablePath = find();
    if (status !== 0 || executablePath === undefined) return `Chromium could not be installed: ${lastLines(output, 3)}`;
  }
  if (executablePath === undefined) return 'there is no Chromium on this machine, and it is no Debian or Ubuntu where root could install it';
  try {
    // Chromium's own sandbox does not work for root.
    return await chromium.launch({ executablePath, args: here.root ? ['--no-sandbox'] : [] });
  } catch (error) {
    // Ubuntu's package is a signpost to a snap, which no container can install.
    return `${executablePath} does not start: ${String(error).split('\n', 3).join(' ')}`;
  }
}
