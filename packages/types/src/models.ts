export type { ModelSummary } from './define-model.ts'
export { models } from './generated/models.ts'
