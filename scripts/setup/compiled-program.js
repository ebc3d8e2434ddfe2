import { programFile } from '../../bin/program-file.js';

export const COMPILED = 'compiled program';

/**
 * The command line in compiled form, which starts faster than the source; whatever cannot be
 * compiled runs from its source. Needs the packages, for the compiler is one of them.
 *
 * @param {string} root
 * @param {string} packages the name of the part that brings them
 * @returns {import('./set-up.js').Part}
 */
export const compiledProgram = (root, packages) => ({
  name: COMPILED,
  needs: [packages],
  look: async () =>
    programFile(root).endsWith('.js')
      ? { state: 'present', detail: 'newer than its source' }
      : { state: 'missing', detail: 'compile src/cli into dist/cli' },
  get: async () => {
    const { bundleProgram } = await import('../bundle.js');
    await bundleProgram(root);
  },
});
