import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPrism } from 'test-kit/prism'
import { afterAll, expect, test } from 'vitest'
import { contractCases } from '../contract/cases.ts'
import { quickDocument } from '../contract/quick-document.ts'
import { operations } from '../generated/contract.ts'
import { MODEL } from '../replies.ts'

const cases = operations.flatMap((operation) => contractCases(operation))
const folder = await mkdtemp(join(tmpdir(), 'apikley-mutants-'))
afterAll(() => rm(folder, { recursive: true }))

const input = 'components.schemas.IdeogramV3ReframeInput'
const fields = `${input}.properties`
const createTask = 'paths./api/v1/jobs/createTask.post'
const details = 'paths./api/v1/jobs/recordInfo.get'
const answers = `${details}.responses.200.content.application/json.examples`
const accepted = `create-task: ${MODEL} is accepted with every documented value`
const refused = `create-task: ${MODEL} is refused for each violation`
const withoutKey = 'create-task without a key is an authentication error'
const withoutBody = 'create-task without a body is refused'
const statuses = 'get-task-details names every documented error status'
const success = 'get-task-details returns the data of the example success'
const parameters = 'get-task-details: parameters is accepted with every documented value'
const upload = 'upload-file-base64: body is refused for each violation'
const inside200 = 'get-task-details names every documented error inside HTTP 200'

/** The change, its place in the document, the contract case that fails, and the new value. */
const mutants: readonly [string, string, string, unknown?][] = [
  ['an enum loses a value', `${fields}.style.enum`, accepted, ['AUTO', 'GENERAL', 'REALISTIC']],
  ['an optional field becomes required', `${input}.required.2`, accepted, 'seed'],
  ['a field changes its type', `${fields}.seed.type`, accepted, 'string'],
  ['an enum becomes any text', `${fields}.rendering_speed.enum`, refused],
  ['a required field becomes optional', `${input}.required`, refused, ['image_size']],
  ['a body becomes optional', `${createTask}.requestBody.required`, withoutBody],
  ['an operation needs no key', `${createTask}.security`, withoutKey, []],
  ['an error status is removed', `${details}.responses.429`, statuses],
  ['an error gets another code', 'components.examples.RateLimited.value.code', inside200, 430],
  ['an answer loses a required field', `${answers}.success.value.data.state`, success],
  ['a parameter is renamed', `${details}.parameters.0.name`, parameters, 'id'],
  ['a pattern is removed', 'components.schemas.UploadPath.pattern', upload],
]

test.each(mutants)('the contract tests notice when %s', async (name, place, title, value) => {
  const document = structuredClone(quickDocument([MODEL]))
  const keys = place.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((object: object, key) => Object(Reflect.get(object, key)), document)
  expect(value === undefined ? Reflect.has(parent, last) : keys.length > 0).toBe(true)
  if (value === undefined) {
    Reflect.deleteProperty(parent, last)
  } else {
    Reflect.set(parent, last, value)
  }
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify(document))
  const prism = await startPrism(file)
  try {
    const service = { url: prism.url, isPrism: true }
    const check = cases.find((each) => each.title === title)?.check(service)
    await expect(check).rejects.toMatchObject({ name: 'AssertionError' })
  } finally {
    await prism.stop()
  }
})
