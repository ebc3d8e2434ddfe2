import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

import { layerConfigs } from './eslint.layers.js';

const NODE_GLOBALS = {
  process: 'readonly',
  URL: 'readonly',
  Buffer: 'readonly',
  setTimeout: 'readonly',
  clearTimeout: 'readonly',
  AbortController: 'readonly',
  AbortSignal: 'readonly',
  console: 'readonly',
  fetch: 'readonly',
};

/** What the web page's scripts use of a browser. */
const BROWSER_GLOBALS = Object.fromEntries(
  [
    ...['AbortController', 'Blob', 'FormData', 'Node', 'TextDecoder'],
    ...['TextDecoderStream', 'TextEncoder'],
    ...['URL', 'URLSearchParams', 'btoa'],
    ...['addEventListener', 'document', 'fetch', 'location', 'sessionStorage', 'setTimeout'],
  ].map((name) => [name, 'readonly']),
);

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.cache/']),
  js.configs.recommended,
  { files: ['**/*.js'], ignores: ['web/**'], languageOptions: { globals: NODE_GLOBALS } },
  { files: ['web/**/*.js'], languageOptions: { globals: BROWSER_GLOBALS } },
  {
    files: ['bin/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { __dirname: 'readonly', __filename: 'readonly' },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    // What a reader must hold in the head at once.
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 4],
      'no-restricted-globals': [
        'error',
        { name: 'Date', message: 'Take a Clock (src/base/clock.ts).' },
        { name: 'setTimeout', message: 'Take a Clock (src/base/clock.ts).' },
        { name: 'setInterval', message: 'Take a Clock (src/base/clock.ts).' },
      ],
    },
  },
  ...layerConfigs,
  { files: ['src/base/clock.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    // Fakes are allowed to do nothing.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'vi', property: 'mock', message: 'Write a fake in test/support.' },
      ],
    },
  },
);
