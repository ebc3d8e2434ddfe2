import { aptInstall, hasCommand, whyNoApt } from './apt.js';

/**
 * A browser, for the tests of the server's page: Debian's Chromium.
 *
 * @type {import('./set-up.js').Part}
 */
export const chromium = {
  name: 'Chromium',
  needs: [],
  look: () => Promise.resolve(decide({ isThere: hasCommand('chromium'), noApt: whyNoApt() })),
  get: (say) => aptInstall(['chromium'], say),
};

/**
 * @param {{ isThere: boolean, noApt: string | undefined }} facts
 * @returns {import('./set-up.js').Look}
 */
function decide({ isThere, noApt }) {
  if (isThere) return { state: 'present', detail: 'chromium' };
  return noApt === undefined
    ? { state: 'missing', detail: 'apt-get install chromium' }
    : { state: 'unobtainable', detail: `chromium is not installed, and ${noApt}` };
}
