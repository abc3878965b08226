import { hrefOf, type Place } from './place.ts'

/** Browsers refuse more than about 100 changes of the URL in 10 s. */
const DELAY_MS = 300

/** Writes places to the URL of the page. */
export class PageUrl {
  #pending: { readonly place: Place; readonly timer: number } | undefined

  /** Adds an entry, so Back returns to the place before. */
  push(place: Place): void {
    this.flush()
    window.history.pushState(null, '', hrefOf(place))
  }

  /** Changes the current entry soon. Typing makes many changes. */
  replace(place: Place): void {
    this.drop()
    this.#pending = { place, timer: window.setTimeout(() => this.flush(), DELAY_MS) }
  }

  /** Writes a pending change now, for instance before the page is left. */
  readonly flush = (): void => {
    const { place } = this.#pending ?? {}
    this.drop()
    if (place) {
      window.history.replaceState(null, '', hrefOf(place))
    }
  }

  /** Drops a pending change, which was made for another entry. */
  drop(): void {
    window.clearTimeout(this.#pending?.timer)
    this.#pending = undefined
  }
}
