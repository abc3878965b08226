import { expect, test } from 'vitest'
import { generateCode } from '../../spec/generate/generate.ts'
import { edited, mergeTexts, painter } from './documents.ts'

test('a deprecated operation, model or field is deprecated in types, descriptors and docs', async () => {
  const document = mergeTexts(
    edited(
      painter,
      ['operationId', 'deprecated: true\n      operationId'],
      ['maxLength: 50', 'maxLength: 50\n                      deprecated: true'],
    ),
  )
  Object.assign(Object(document.paths)['/api/v1/chat/credit'].get, { deprecated: true })
  const code = await generateCode(document)
  const folder = 'packages/types/src/generated'
  const expected = {
    [`${folder}/openapi.ts`]: /@deprecated\s+\*\/\s+(prompt: string|get: operations)/,
    [`${folder}/registry.ts`]: / \* @deprecated .*\n +\*\/\n +'atelier\/painter-2.5': /,
    [`${folder}/models/atelier/painter-2.5.ts`]:
      /deprecated: true \}[^]*@deprecated .*\n \*\/\nexport const painter2_5[^]*\n  deprecated: true,\n\}, fields\)/,
    'packages/client/src/generated/operations.ts':
      /@deprecated\n \*\/\nexport async function getAccountCredits/,
    'packages/react/src/generated/options.ts': /@deprecated\n +\*\/\n +readonly getAccountCredits/,
  }
  for (const [path, text] of Object.entries(expected)) {
    expect(code.get(path)).toMatch(text)
  }
})
