export { createProxyHandler, type ProxyContext, type ProxyHandler } from './proxy/proxy-handler.ts'
export { createAttempts, type Attempts } from './proxy/attempts.ts'
export type { ProxyLimits, ProxyOptions, UploadRules } from './proxy/options.ts'
