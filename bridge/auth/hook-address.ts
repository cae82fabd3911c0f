/** Fields that the bridge writes by itself, or that belong to the connection (RFC 9110 section 7.6.1). */
const OWN_FIELDS =
  /^(connection|content-length|content-type|cookie|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i
/** RFC 9110 sections 5.1 and 5.5. */
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/
const FIELD_VALUE = /^[\t\x20-\x7e]*$/

/** @throws TypeError in words for the operator, where it cannot be asked there */
export function readHookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new TypeError('the address of the hook must begin with https:// or http://')
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('user and password do not belong into the address of the hook: say them in headers')
  }
  return url
}

/** @throws TypeError in words for the operator, without the value */
export function checkHookHeader(name: string, value: string): void {
  if (!FIELD_NAME.test(name)) throw new TypeError(`"${name}" is not the name of a header`)
  if (OWN_FIELDS.test(name)) throw new TypeError(`the bridge writes the header ${name} by itself`)
  if (!FIELD_VALUE.test(value)) throw new TypeError(`the value of ${name} cannot stand in a header`)
}
