import { parameterCode, type Handler } from '../service.ts'
import { readChecked } from './json-body.ts'

export const downloadUrl: Handler = async (service, call) => {
  const body = await readChecked(service, call)
  if ('refused' in body) {
    return body.refused
  }
  const url = String(body.value.url)
  const { tasks, links, envelopes, origin } = service
  if (!URL.canParse(url)) {
    return envelopes.refusal(parameterCode(service), 'url should be an address')
  }
  const own = new URL(url).origin === origin && tasks.ofResult(new URL(url))
  if (!own && !tasks.gave(url)) {
    return envelopes.refusal(422, 'The url is not of a file that was generated here')
  }
  return envelopes.success(links.make(url))
}
