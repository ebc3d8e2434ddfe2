/** Who may import whom. Read top to bottom: a layer may use those it lists and nothing else of ours. */
export const LAYERS = {
  base: [],
  descriptor: ['base'],
  container: ['base'],
  runner: ['base', 'descriptor', 'container'],
  store: ['base', 'runner'],
  report: ['base', 'descriptor', 'runner'],
  platform: ['base', 'descriptor', 'runner'],
  site: ['base', 'descriptor', 'container', 'runner', 'store', 'report'],
  client: ['base'],
  daemon: [
    'base',
    'descriptor',
    'container',
    'runner',
    'store',
    'report',
    'platform',
    'site',
    'client',
  ],
  cli: [
    'base',
    'descriptor',
    'container',
    'runner',
    'store',
    'report',
    'platform',
    'site',
    'client',
    'daemon',
  ],
};

/** A vendor library is known to one folder, so replacing it is one folder's work. */
export const VENDORS = {
  dockerode: ['container/docker'],
  'tar-fs': ['container/docker'],
  'tar-stream': ['container/images'],
  '@balena/dockerignore': ['container/docker'],
  execa: ['container/apptainer', 'container/slurm', 'container/process'],
  ajv: ['daemon/http'],
  'ajv-formats': ['daemon/http'],
  '@fastify/swagger': ['daemon/http'],
  yaml: ['descriptor', 'site', 'cli'],
  'csv-parse': ['cli/batch'],
  'dockerfile-ast': ['cli/init'],
  'node:sqlite': ['store'],
  pino: ['base', 'daemon'],
  fastify: ['daemon'],
  cloudevents: ['daemon/webhooks'],
  standardwebhooks: ['daemon/webhooks'],
  yargs: ['cli'],
};

/** Layers of pure functions: no reading, no writing, no clock. */
export const PURE = ['descriptor', 'report'];
