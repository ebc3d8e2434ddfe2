export { apptainerEngine, type ApptainerEngineOptions } from './engine.ts';
