import { isObject, mediaFieldsOf } from '../document.ts'
import { Refusal, type Service } from './service.ts'

/** Types that have several names, without `x-`. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/m4a': 'audio/mp4',
  'video/msvideo': 'video/avi',
}

/**
 * Checks the files of an input against the limits of the document. It knows only files that were
 * uploaded to the simulator.
 *
 * @throws {Refusal}
 */
export function checkMedia(service: Service, model: string, input: unknown): void {
  for (const { name, types, maxBytes } of mediaFieldsOf(service.document, model)) {
    const value = isObject(input) ? input[name] : undefined
    // Some users send an empty text for an optional field.
    for (const url of [value].flat().filter(Boolean).map(String)) {
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        throw new Refusal('wrong-parameter', `${name} should be an http or https URL`)
      }
      const file = url.startsWith(service.origin)
        ? service.files.get(new URL(url).pathname)
        : undefined
      if (file && types && !types.map(canonicalType).includes(canonicalType(file.mimeType))) {
        throw new Refusal('wrong-parameter', `${name} accepts ${types.join(', ')} only`)
      }
      if (file && file.bytes.byteLength > maxBytes) {
        throw new Refusal('wrong-parameter', `${name} accepts at most ${maxBytes} bytes`)
      }
    }
  }
}

function canonicalType(type: string): string {
  const plain = type.replace('/x-', '/')
  return ALIASES[plain] ?? plain
}
