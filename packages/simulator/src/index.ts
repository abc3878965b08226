export { createSimulator, type Simulator } from './simulator.ts'
export { startSimulator, type ServerOptions, type SimulatorServer } from './server.ts'
export {
  createRealClock,
  createVirtualClock,
  type Clock,
  type MovableClock,
  type VirtualClock,
} from './clock.ts'
export type {
  CallbackOptions,
  Render,
  RenderedFile,
  RenderJob,
  SimulatorOptions,
} from './options.ts'
export type {
  Behaviour,
  CallbackFate,
  Fault,
  FaultEffect,
  FaultTarget,
  GivenTask,
  Outcome,
  RateLimit,
  RetryAfter,
  Scenario,
} from './scenario.ts'
export type { Control } from './state/control.ts'
export type { AcceptedTask, DeliveredCallback, Journal, JournalRequest } from './state/journal.ts'
