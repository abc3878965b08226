// Loaded into Prism's process before Prism. Prism lists violations, with the allowed values in
// them, in a header; a letter that no header can carry would end the process.
import { ServerResponse } from 'node:http'

const ascii = (value: string): string =>
  value.replaceAll(/[^\t\x20-\x7e]/gu, (letter) => encodeURIComponent(letter))

const setHeader = ServerResponse.prototype.setHeader
ServerResponse.prototype.setHeader = function (name, value) {
  return setHeader.call(this, name, typeof value === 'string' ? ascii(value) : value)
}
