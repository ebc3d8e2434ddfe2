/** Which addresses may be asked. */
export { addressRule } from './address-rules.ts';
