import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { sora2ProStoryboard } from '@apikley/types/models/sora-2-pro-storyboard'
import { describe, expect, test } from 'vitest'
import { checkFile, kindOf, limitsLabel, limitsOf, mediaKind } from '../../src/form/check-file.ts'
import { checkInput } from '../../src/form/check-input.ts'
import { controlOf } from '../../src/form/control.ts'
import { takeFiles, urlIn } from '../../src/form/media-files.ts'
import { inputOf, presetsOf } from '../../src/form/values.ts'
import { fields } from './made-up-model.ts'

const file = (name: string, type: string, size = 10): File =>
  new File([new Uint8Array(size)], name, { type })
const { media } = v3Reframe.fields.image_url

describe('the values of a form', () => {
  test('Checked values become the input, with the files themselves.', async () => {
    const picture = file('cat.png', 'image/png')
    const values = { ...presetsOf(v3Reframe.fields), image_url: picture, style: 'DESIGN' }
    const checked = await checkInput(v3Reframe, values)
    expect(checked).toEqual({
      ok: true,
      input: { image_url: picture, image_size: 'square_hd', style: 'DESIGN' },
    })
  })

  test('A required switch that is off sends false.', () => {
    const audio = { required: true, schema: { type: 'boolean' } }
    expect(inputOf({ audio }, presetsOf({ audio }))).toEqual({ audio: false })
  })

  test('Wrong values get a message at their field, also inside a row.', async () => {
    expect(await checkInput(v3Reframe, { image_size: 'huge' })).toEqual({
      ok: false,
      problems: {
        image_url: 'Choose a file first.',
        image_size: expect.stringContaining('portrait_16_9'),
      },
    })
    const shots = [{ Scene: 'A lighthouse', duration: 10 }, { duration: 99 }]
    expect(await checkInput(sora2ProStoryboard, { shots, upload_method: 's3' })).toMatchObject({
      problems: {
        'shots.1.Scene': 'Scene is required.',
        'shots.1.duration': expect.stringContaining('15'),
      },
    })
  })
})

describe('a file', () => {
  test('Types and sizes are checked with the limits of the field.', () => {
    expect(limitsLabel(media)).toBe('JPEG, PNG, or WebP, up to 10 MB')
    expect(checkFile(file('cat.png', 'image/png'), media)).toBeUndefined()
    expect(checkFile(file('cat.gif', 'image/gif'), media)).toBe(
      'cat.gif is a GIF file. This field takes JPEG, PNG, or WebP.',
    )
    expect(checkFile(file('cat.heic', ''), media)).toBe(
      'cat.heic is a .heic file. This field takes JPEG, PNG, or WebP.',
    )
    expect(checkFile(file('cat.png', 'image/png', media.maxBytes + 1), media)).toBe(
      'cat.png has 10.1 MB. This field takes at most 10 MB.',
    )
    expect(checkFile(file('cat.png', 'image/png', 0), media)).toBe('cat.png is empty.')
    const video = limitsOf('video_url', {})
    expect(checkFile(file('clip.webm', 'video/webm'), video)).toBeUndefined()
    expect(checkFile(file('cat.png', 'image/png'), video)).toBe(
      'cat.png is a PNG file. This field takes any video.',
    )
  })

  test('The kind comes from the types, the name of the field, or the file.', () => {
    expect(mediaKind(media)).toBe('image')
    expect(mediaKind(limitsOf('video_url', {}))).toBe('video')
    expect(mediaKind(limitsOf('character_file_url', {}))).toBe('file')
    expect(kindOf(file('a', 'audio/mpeg'))).toBe('audio')
    expect(kindOf('https://files.example.com/clip.MP4?token=1')).toBe('video')
    expect(kindOf('https://files.example.com/cat')).toBeUndefined()
  })

  test('A new file replaces the only one, or joins a list up to its limit.', () => {
    const [one, two, three] = [1, 2, 3].map((name) => file(`${name}.png`, 'image/png'))
    const single = controlOf('image_url', v3Reframe.fields.image_url)
    const several = controlOf('input_urls', fields.input_urls)
    if (single.kind !== 'media' || several.kind !== 'media' || !one || !two || !three) {
      throw new Error('These fields take files')
    }
    expect(takeFiles([one], [two], single)).toEqual({ files: [two], refusals: [] })
    expect(takeFiles([one], [two, three], several)).toEqual({
      files: [one, two],
      refusals: ['This field takes at most 2 files.'],
    })
    expect(takeFiles([one], [file('a.gif', 'image/gif')], single)).toEqual({
      files: [one],
      refusals: [expect.stringContaining('a.gif')],
    })
  })

  test('A text with an http or https URL is a file.', () => {
    expect(urlIn(' https://files.example.com/cat.png\n')).toBe('https://files.example.com/cat.png')
    expect(urlIn('javascript:alert(1)')).toBeUndefined()
    expect(urlIn('a cat')).toBeUndefined()
  })
})
