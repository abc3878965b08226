import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { describe, expect, test } from 'vitest'
import { checkFile, limitsLabel } from '../../src/form/check-file.ts'
import { checkInput } from '../../src/form/check-input.ts'
import { controlOf } from '../../src/form/control.ts'
import { addressIn, takeFiles } from '../../src/form/media-files.ts'
import { inputOf, presetsOf } from '../../src/form/values.ts'
import { fields } from './made-up-model.ts'

const file = (name: string, type: string, size = 10): File =>
  new File([new Uint8Array(size)], name, { type })
const { media } = v3Reframe.fields.image_url

describe('what is filled in', () => {
  test('goes out with the files as they are, once the descriptor has let it pass', async () => {
    const picture = file('cat.png', 'image/png')
    const values = { ...presetsOf(v3Reframe.fields), image_url: picture, style: 'DESIGN' }
    const checked = await checkInput(v3Reframe, values)
    expect(checked).toEqual({
      ok: true,
      input: { image_url: picture, image_size: 'square_hd', style: 'DESIGN' },
    })
  })

  test('is what is shown: a switch that is off says no where an answer is required', () => {
    const audio = { required: true, schema: { type: 'boolean' } }
    expect(inputOf({ audio }, presetsOf({ audio }))).toEqual({ audio: false })
  })

  test('is held back where something is missing or wrong, with words for its field', async () => {
    expect(await checkInput(v3Reframe, { image_size: 'huge' })).toEqual({
      ok: false,
      problems: {
        image_url: 'Choose a file first.',
        image_size: expect.stringContaining('portrait_16_9'),
      },
    })
  })
})

describe('a file', () => {
  test('is held to the types and the size of the descriptor', () => {
    expect(limitsLabel(media)).toBe('JPEG, PNG, or WebP, up to 10 MB')
    expect(checkFile(file('cat.png', 'image/png'), media)).toBeUndefined()
    expect(checkFile(file('cat.gif', 'image/gif'), media)).toBe(
      'cat.gif is a GIF file. This field takes JPEG, PNG, or WebP.',
    )
    expect(checkFile(file('cat.heic', ''), media)).toBe(
      'cat.heic is a .heic file. This field takes JPEG, PNG, or WebP.',
    )
    expect(checkFile(file('cat.png', 'image/png', media.maxBytes + 1), media)).toBe(
      'cat.png has 10.1 MB. This field takes 10 MB at the most.',
    )
    expect(checkFile(file('cat.png', 'image/png', 0), media)).toBe('cat.png is empty.')
  })

  test('takes the place of the one before, or joins the others as far as there is room', () => {
    const [one, two, three] = [
      file('1.png', 'image/png'),
      file('2.png', 'image/png'),
      file('3.png', 'image/png'),
    ]
    const [single, several] = [controlOf(v3Reframe.fields.image_url), controlOf(fields.input_urls)]
    if (single.kind !== 'media' || several.kind !== 'media') {
      throw new Error('These fields take files')
    }
    expect(takeFiles([one], [two], single)).toEqual({ files: [two], refusals: [] })
    expect(takeFiles([one], [two, three], several)).toEqual({
      files: [one, two],
      refusals: ['This field takes 2 files at the most.'],
    })
    expect(takeFiles([one], [file('a.gif', 'image/gif')], single)).toEqual({
      files: [one],
      refusals: [expect.stringContaining('a.gif')],
    })
  })

  test('may be an address', () => {
    expect(addressIn(' https://files.example.com/cat.png\n')).toBe(
      'https://files.example.com/cat.png',
    )
    expect(addressIn('javascript:alert(1)')).toBeUndefined()
    expect(addressIn('a cat')).toBeUndefined()
  })
})
