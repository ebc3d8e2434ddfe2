export { dockerEngine, type DockerEngineOptions } from './engine.ts';
export { localImages } from './local-images.ts';
