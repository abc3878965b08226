// Preloaded into the process of Prism. Prism lists violations with the allowed values in a header.
// A letter outside ASCII in that header would end the process.
import { ServerResponse } from 'node:http'

const encode = (value: string): string =>
  value.replaceAll(/[^\t\x20-\x7e]/gu, (letter) => encodeURIComponent(letter))

const setHeader = ServerResponse.prototype.setHeader
ServerResponse.prototype.setHeader = function (name, value) {
  return setHeader.call(this, name, typeof value === 'string' ? encode(value) : value)
}
