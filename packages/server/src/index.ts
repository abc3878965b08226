export {
  createProxyHandler,
  type ProxyContext,
  type ProxyFetch,
  type ProxyHandler,
} from './proxy/handler.ts'
export type {
  Authorized,
  ProxyLimits,
  ProxyOptions,
  Purchase,
  UploadRules,
} from './proxy/options.ts'
export { parseCallback, type Callback } from './webhook/callback.ts'
export { createWebhookHandler, type WebhookHandler } from './webhook/handler.ts'
export type { TaskInfo, WebhookClient, WebhookOptions } from './webhook/options.ts'
export { signCallback, verifySignature, type SignatureOptions } from './webhook/signature.ts'
