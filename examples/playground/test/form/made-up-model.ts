import type { Fields } from '@apikley/types'

/** One field for each control. */
export const fields = {
  prompt: {
    required: true,
    schema: { type: 'string', minLength: 3, maxLength: 2500, description: 'What is to be seen' },
  },
  input_urls: {
    required: false,
    media: { types: ['image/png', 'image/jpeg'], maxBytes: 1_048_576 },
    schema: { type: 'array', items: { type: 'string' }, maxItems: 2 },
  },
  audio_url: { required: false, media: { types: ['audio/mpeg'] }, schema: { type: 'string' } },
  aspect_ratio: {
    required: true,
    schema: { type: 'string', enum: ['1:1', '16:9', '9:16', 'adaptive'], default: '1:1' },
  },
  duration: { required: false, schema: { type: 'integer', enum: [4, 8, 12], default: 8 } },
  voice: {
    required: false,
    schema: { type: 'string', enum: ['Rachel', 'Aria', 'Roger', 'Sarah', 'Laura', 'Charlie'] },
  },
  guidance_scale: {
    required: false,
    schema: { type: 'number', minimum: 0, maximum: 20, default: 2.5 },
  },
  steps: { required: true, schema: { type: 'integer', minimum: 2, maximum: 49 } },
  seed: { required: false, schema: { type: 'number', minimum: -1, maximum: 2_147_483_647 } },
  generate_audio: { required: false, schema: { type: 'boolean', default: true } },
  tags: { required: false, schema: { type: 'array', items: { type: 'string' }, maxItems: 3 } },
  dialogue: {
    required: false,
    schema: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      description: 'The `lines` in their order.',
      items: {
        type: 'object',
        required: ['text'],
        properties: {
          text: { type: 'string' },
          pause: { type: 'number', minimum: 0, maximum: 2 },
        },
      },
    },
  },
  camera: { required: false, schema: { type: 'object' } },
} as const satisfies Fields
