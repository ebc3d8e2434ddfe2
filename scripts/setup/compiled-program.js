import { programFile } from '../../bin/program-file.js';

/**
 * The command line in compiled form, which starts three times as fast as the source. Needs the
 * packages, for the compiler is one of them.
 *
 * @param {string} root
 * @param {string} packages the name of the part that brings them
 * @returns {import('./set-up.js').Part}
 */
export const compiledProgram = (root, packages) => ({
  name: 'compiled program',
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
