export { parseCallback, type Callback } from './webhook/callback.ts'
export { createWebhookHandler, type WebhookHandler } from './webhook/handler.ts'
export type { Seen, TaskInfo, WebhookOptions } from './webhook/options.ts'
export { signCallback, verifySignature, type SignatureOptions } from './webhook/callback-signature.ts'
