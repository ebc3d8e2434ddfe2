export { dockerEngine, podmanEngine, type DockerEngineOptions } from './engine.ts';
export { localImages } from './local-images.ts';
