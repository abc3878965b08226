import { createHash } from 'node:crypto'

/** A video of 1 s in one colour, 32 by 32 pixels (H.264), made with FFmpeg. */
const MP4 = Buffer.from(
  'AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAMObW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAA+' +
    'gAAQAAAQAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAAAAAAAAgAAAl10cmFrAAAAXHRraGQAAAADAAAAAAAAAAAAAAABAAAAAAAAA+gAAAAAAAAAAAAAAAAAAA' +
    'AAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAACAAAAAgAAAAAAAkZWR0cwAAABxlbHN0AAAAAAAA' +
    'AAEAAAPoAAAAAAABAAAAAAHVbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAABAAAAAQABVxAAAAAAALWhkbHIAAAAAAA' +
    'AAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABgG1pbmYAAAAUdm1oZAAAAAEAAAAAAAAAAAAAACRkaW5m' +
    'AAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAUBzdGJsAAAAwHN0c2QAAAAAAAAAAQAAALBhdmMxAAAAAAAAAA' +
    'EAAAAAAAAAAAAAAAAAAAAAACAAIABIAAAASAAAAAAAAAABDExhdmMgbGlieDI2NAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'GP//AAAANmF2Y0MBZAAK/+EAGWdkAAqscgRJbARAAAADAEAAAAMBA8SJYRgBAAZo6EOPLIv9+PgAAAAAEHBhc3AAAA' +
    'ABAAAAAQAAABRidHJ0AAAAAAAAAVgAAAFYAAAAGHN0dHMAAAAAAAAAAQAAAAIAACAAAAAAFHN0c3MAAAAAAAAAAQAA' +
    'AAEAAAAcc3RzYwAAAAAAAAABAAAAAQAAAAIAAAABAAAAHHN0c3oAAAAAAAAAAAAAAAIAAAAdAAAADgAAABRzdGNvAA' +
    'AAAAAAAAEAAAM+AAAAPXVkdGEAAAA1bWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAbWRpcmFwcGwAAAAAAAAAAAAAAAAI' +
    'aWxzdAAAAAhmcmVlAAAAM21kYXQAAAAZZYiBAAKf/uzafgUwAZ58Cl3vsC3K4+AlnwAAAApBmggtiCX//rXA',
  'base64',
)

/** A tone of 440 Hz for 0.2 s, made with FFmpeg and LAME. */
const MP3 = Buffer.from(
  '//MoxAAM8ALRv0EYAqkAZLh//+AD4Pg+D58EInB85dLg+D4P8EOD7//D/AjsoD+sHDmIAf1gQ5kAf4EOcP9Hv6F0mH' +
    'f/+icy//MoxAcN6LKQAZt4AB+C/jJgQ6bAkBYgNkOQqEHJhYD2HKTkJKl9APCq7ErldB////evbWhfBUJA1+JToNL/' +
    '//uRpwpuQAUA//MoxAoOiHI0Ad4QAAMAsDAwQQAjBABvMM4i01khwDkbJSMZMaoxDAyzCqFPCoRZgcAEl8WxOtTTIo' +
    '7/9FX///1Su8u0v6FQ//MoxAoL+G4wAOe2gSAwJmAxcYWN5lm3GTV5QaoI8xgjAumOghw1mZWagpGRFadFZ69S///8' +
    '4w47eqoiAFGBxCYcJBkVOmrO//MoxBUQ8HIoAOf4gOGHcpcxj+AUIYHeBpmeT6bClBkMpGMQCJABk78ReWUh9//p/+' +
    '7pX//939X//9eq///7r/tbGAAg4CMC//MoxAwQGGosAV4YAAAhgKAdBAQJg8hbmJeXKbjIZZ4JGHGOQHUYGwaBh2Dl' +
    'BQMgwZAHgUAYtta8PgyD//0f7v01/2IL7lU9//MoxAYOwMqUAZp4APTrXL3uC4IUCH+LlhsasXKJWDtc+EUXY8FKqW' +
    '7/9WNbO/tGg5//8kSlY9WD+LBAT/rKMf/ohJ40jSOp//MoxAYMKIXcAc8wAZlyQUcKnEJCQnCihbiXO06nldGlTp0s' +
    'rchwSUSJJbFFxQVgKYCjsTegv5JMQU1FMy4xMDCqqqqqqqqq',
  'base64',
)

/** The image of a GIF: 96 by 54 pixels of the first colour. */
const GIF_IMAGE = Buffer.from(
  'LAAAAABgADYAAAJOhI+py+0Po5y02ouz3rz7D4biSJbmiabqyrbuC8fyTNf2jef6zvf+DwwKh8Si8YhMKpfMpvMJjUqn' +
    '1Kr1is1qt9yu9wsOi8fksvmMTpcKADs=',
  'base64',
)

/** A GIF (GIF89a, a palette of two) in one colour, which depends on the path. */
function createGif(path: string): Uint8Array {
  const colour = createHash('sha256').update(path).digest().subarray(0, 3)
  const header = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 96, 0, 54, 0, 0x80, 0, 0]
  return new Uint8Array([...header, ...colour, 0, 0, 0, ...GIF_IMAGE])
}

const WAV_SAMPLES_PER_SECOND = 8000

/** A tone of 440 Hz for 0.1 s (PCM, 8 bits, mono). */
function createWav(): Uint8Array {
  const samples = Array.from({ length: WAV_SAMPLES_PER_SECOND / 10 }, (_, index) =>
    Math.round(128 + 60 * Math.sin((2 * Math.PI * 440 * index) / WAV_SAMPLES_PER_SECOND)),
  )
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(WAV_SAMPLES_PER_SECOND, 24)
  header.writeUInt32LE(WAV_SAMPLES_PER_SECOND, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return new Uint8Array([...header, ...samples])
}

const SAMPLES = { gif: createGif, mp4: () => MP4, mp3: () => MP3, wav: createWav }

/** The file of a result that nothing has rendered, by the extension of its path. */
export function sampleFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  const [, create] = Object.entries(SAMPLES).find(([name]) => path.endsWith(`.${name}`)) ?? []
  return create && new Uint8Array(create(path))
}
