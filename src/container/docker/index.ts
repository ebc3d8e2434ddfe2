export { dockerEngine, type DockerEngineOptions } from './engine.ts';
