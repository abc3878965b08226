import type { ModelDescriptor } from '@apikley/types'
import { presetsOf } from '../form/values.ts'
import { readSearch, searchOf, withoutFiles, type FormInUrl, type Input } from '../url/place.ts'
import { readJson, readStored, store } from './stored.ts'

/** The inputs of this tab by model. A reload finds them without their files. */
export class Forms {
  /** With files, which only memory can hold. */
  readonly #inputs = new Map<string, Input>()

  save(model: string, input: Input): void {
    this.#inputs.set(model, input)
    store('sessionStorage', keyOf(model), JSON.stringify(withoutFiles(input)))
  }

  /** The query of the URL for the saved form of a model. */
  searchOf(model: string): string {
    return searchOf(this.#saved(model) ?? {})
  }

  /** The form of a model. A URL with other inputs than the saved form wins over it. */
  read(model: ModelDescriptor, search: string): FormInUrl {
    const saved = this.#saved(model.id)
    if (saved && (search === '' || search === searchOf(saved))) {
      return { values: { ...presetsOf(model.fields), ...saved }, ignored: [] }
    }
    return readSearch(model, search)
  }

  #saved(model: string): Input | undefined {
    const saved = this.#inputs.get(model) ?? readJson(readStored('sessionStorage', keyOf(model)))
    return typeof saved === 'object' && saved !== null ? { ...saved } : undefined
  }
}

function keyOf(model: string): string {
  return `playground:form:${model}`
}
