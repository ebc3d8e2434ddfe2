import { aptInstall, hasCommand, whyNoApt } from './apt.js';

/**
 * A program of Debian's that tests call, from the package of the same name.
 *
 * @param {string} name for people
 * @param {string} program
 * @returns {import('./set-up.js').Part}
 */
export const debianProgram = (name, program) => ({
  name,
  needs: [],
  look: () => Promise.resolve(decide(program, hasCommand(program), whyNoApt())),
  get: (say) => aptInstall([program], say),
});

/**
 * @param {string} program
 * @param {boolean} isThere
 * @param {string | undefined} noApt why packages cannot be installed
 * @returns {import('./set-up.js').Look}
 */
function decide(program, isThere, noApt) {
  if (isThere) return { state: 'present', detail: program };
  return noApt === undefined
    ? { state: 'missing', detail: `apt-get install ${program}` }
    : { state: 'unobtainable', detail: `${program} is not installed, and ${noApt}` };
}
