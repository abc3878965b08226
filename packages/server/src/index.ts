export {
  createProxyHandler,
  type ProxyContext,
  type ProxyFetch,
  type ProxyHandler,
} from './proxy/handler.ts'
export { createAttempts, type Attempts } from './proxy/idempotency.ts'
export type {
  Authorized,
  ProxyLimits,
  ProxyOptions,
  Purchase,
  UploadRules,
} from './proxy/options.ts'
export { parseCallback, type Callback } from './webhook/callback.ts'
export { createWebhookHandler, type WebhookHandler } from './webhook/handler.ts'
export type { Claim, Seen, TaskInfo, WebhookClient, WebhookOptions } from './webhook/options.ts'
export { signCallback, verifySignature, type SignatureOptions } from './webhook/signature.ts'
