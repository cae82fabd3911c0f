import type { OutputForm, TimedAccessUnit, TrackConfiguration } from '../../../protocol/index.ts'
import type { BrowserAbilities } from '../choice/browser-abilities.ts'
import { choosePicture, chooseSound, type RendererChoice, type WantedRenderer } from '../choice/renderer-choice.ts'
import type { TrackRenderer } from './messages.ts'
import type { Outlet } from './outlet.ts'

export interface TrackRouterEvents {
  /** Who shows a track was found out, or what it is has changed. */
  renderer(renderer: TrackRenderer): void
  /** What becomes of the units of a track from here on. */
  chooseOutput(trackId: number, form: OutputForm): void
}

interface Entry {
  track: TrackConfiguration
  /** A promise while the browser is being asked. */
  choice: RendererChoice | Promise<RendererChoice>
  outlet: Outlet | undefined
}

/** Finds out who shows each track of a session, and leads its access units there. */
export class TrackRouter {
  readonly #wanted: WantedRenderer
  readonly #browser: BrowserAbilities
  readonly #events: TrackRouterEvents
  readonly #entries = new Map<number, Entry>()
  #closed = false
  #audioWorkletFailure: string | undefined
  #isAtEdge = false

  constructor(wanted: WantedRenderer, browser: BrowserAbilities, events: TrackRouterEvents) {
    this.#wanted = wanted
    this.#browser = browser
    this.#events = events
  }

  /** The answer to `PipelineEvents.configuration`. */
  configuration(track: TrackConfiguration): OutputForm | 'undecided' {
    const before = this.#entries.get(track.trackId)
    const isSame = before?.track.configuration.codec === track.configuration.codec
    const choice = before && isSame ? before.choice : this.#choose(track)
    const entry = { track, choice, outlet: before?.outlet }
    this.#entries.set(track.trackId, entry)
    return this.#settle(entry, choice)
  }

  accessUnit(unit: TimedAccessUnit): void {
    this.#entries.get(unit.trackId)?.outlet?.push(unit)
  }

  /** Where the units of a track go: nowhere, before it is told. */
  setOutlet(trackId: number, outlet: Outlet | undefined): void {
    const entry = this.#entries.get(trackId)
    if (!entry || entry.outlet === outlet) return
    entry.outlet = outlet
    outlet?.reset()
    if (!(entry.choice instanceof Promise)) this.#apply(entry, entry.choice)
  }

  /** Another place follows, or more of the same. */
  discontinuity(continues: boolean): void {
    for (const { outlet } of this.#entries.values()) {
      if (continues) outlet?.resume()
      else outlet?.reset()
    }
  }

  /** Pictures are, or are not, wanted as near to the live edge as can be: sound that would hold them back goes apart. */
  set isAtEdge(isAtEdge: boolean) {
    if (isAtEdge === this.#isAtEdge) return
    this.#isAtEdge = isAtEdge
    this.#chooseSoundAnew()
  }

  /** @param failure why the Web Audio API does not play the sound after all, in words */
  withoutAudioWorklet(failure: string): void {
    this.#audioWorkletFailure = failure
    this.#chooseSoundAnew()
  }

  /** The words for each track that nothing here can show. */
  get refused(): readonly RendererChoice[] {
    return [...this.#entries.values()].flatMap(({ choice }) =>
      choice instanceof Promise || choice.renderer !== 'none' ? [] : [choice],
    )
  }

  close(): void {
    this.#closed = true
    this.#entries.clear()
  }

  #choose(track: TrackConfiguration): RendererChoice | Promise<RendererChoice> {
    if (track.kind === 'video') return choosePicture(track, this.#wanted, this.#browser)
    const picture = [...this.#entries.values()].find((entry) => entry.track.kind === 'video')?.choice
    if (picture instanceof Promise) return picture.then(({ renderer }) => this.#chooseSound(track, renderer))
    return this.#chooseSound(track, picture?.renderer)
  }

  #chooseSound(track: TrackConfiguration, picture: RendererChoice['renderer'] | undefined) {
    const audioWorkletFailure = this.#audioWorkletFailure ?? this.#browser.audioWorkletFailure
    const place = { wanted: this.#wanted, picture, isAtEdge: this.#isAtEdge }
    return chooseSound(track, place, { ...this.#browser, audioWorkletFailure })
  }

  /** At once where the choice is known; else when the browser has answered, unless something else was asked by then. */
  #settle(entry: Entry, choice: RendererChoice | Promise<RendererChoice>): OutputForm | 'undecided' {
    if (!(choice instanceof Promise)) return this.#decided(entry, choice)
    choice.then((found) => {
      if (this.#closed || this.#entries.get(entry.track.trackId) !== entry) return
      entry.choice = found
      this.#apply(entry, found, () => this.#decided(entry, found))
    })
    return 'undecided'
  }

  #decided(entry: Entry, choice: RendererChoice): OutputForm | 'undecided' {
    entry.choice = choice
    this.#events.renderer({ track: entry.track, choice })
    // Beside a canvas sound goes another way than it may beside a media element.
    if (entry.track.kind === 'video') queueMicrotask(() => this.#chooseSoundAnew())
    return this.#form(entry, choice)
  }

  #form({ track, outlet }: Entry, { renderer }: RendererChoice): OutputForm | 'undecided' {
    switch (renderer) {
      case 'media-source':
        return 'segments'
      case 'none':
        return 'nothing'
      case 'webcodecs':
      case 'jpeg':
        outlet?.configure(track, renderer)
        return outlet ? 'units' : 'undecided'
      case 'audio-worklet':
        outlet?.configure(track, renderer)
        return outlet ? 'units' : 'nothing'
    }
  }

  #apply(entry: Entry, choice: RendererChoice, form = () => this.#form(entry, choice)): void {
    const chosen = form()
    if (chosen !== 'undecided') this.#events.chooseOutput(entry.track.trackId, chosen)
  }

  #chooseSoundAnew(): void {
    for (const entry of this.#entries.values()) {
      if (this.#closed || entry.track.kind !== 'audio') continue
      if (entry.choice instanceof Promise) {
        entry.choice.then(() => this.#chooseSoundAnew())
        continue
      }
      const before = entry.choice.renderer
      Promise.resolve(this.#choose(entry.track)).then((choice) => {
        if (this.#closed || this.#entries.get(entry.track.trackId) !== entry || choice.renderer === before) return
        this.#apply(entry, choice, () => this.#decided(entry, choice))
      })
    }
  }
}
