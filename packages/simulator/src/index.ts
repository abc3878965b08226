export { createSimulator, type Simulator } from './simulator.ts'
export { startSimulator, type ServerOptions, type SimulatorServer } from './server/server.ts'
export {
  createRealClock,
  createVirtualClock,
  type Clock,
  type MovableClock,
  type VirtualClock,
} from './clock.ts'
export type { SimulatorOptions } from './options.ts'
export type { Scenario } from './scenario.ts'
export type { Behaviour, BehaviourChoice } from './behaviour.ts'
export type { Fault, FaultEffect, FaultTarget, RetryAfter } from './faults/fault.ts'
export type { CallbackFate, Outcome } from './tasks/outcome.ts'
export type { CallbackOptions } from './tasks/callbacks.ts'
export type { Render, RenderedFile, RenderJob } from './tasks/render.ts'
export type { Control, GivenTask } from './control.ts'
export type { AcceptedTask, DeliveredCallback, Journal, JournalRequest } from './journal.ts'
export type { RateLimit } from './limits.ts'
