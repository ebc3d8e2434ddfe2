/** Requests to other machines: whose addresses may be asked, and that no other is. */
export {
  addressFault,
  addressRule,
  parseBlock,
  type AddressBlock,
  type AddressRule,
} from './address-rules.ts';
export { checkedRequest, type ResolveName } from './checked-request.ts';
