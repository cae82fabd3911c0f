import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { PlayerStateName } from '../playback/player/player-state.ts'
import type { PlayerStatistics } from '../playback/player/player-statistics.ts'
import { HISTORY_SECONDS, History, pathOf, scaleOf } from './history.ts'
import { styles } from './statistics-overlay.styles.ts'

/** How often it is looked whether figures still come: they do once a second. */
const LOOK_MS = 500
/** Figures that are older say nothing of the present. */
const FRESH_MS = 1_800
/** Scales are not smaller, so that noise does not look like trouble. */
const LEAST_SCALE = { delay: 100, frameRate: 10, bitrate: 100_000 } as const

const RENDERERS = {
  'media-source': 'Media Source',
  webcodecs: 'WebCodecs',
  jpeg: 'JPEG',
  'audio-worklet': 'audio worklet',
  none: 'none',
} as const

interface Measure {
  readonly value: string
  readonly unit: string
}

const UNKNOWN: Measure = { value: '–', unit: '' }

const milliseconds = (value: number | undefined): Measure =>
  value === undefined ? UNKNOWN : { value: value < 10 ? value.toFixed(1) : value.toFixed(0), unit: 'ms' }

const bits = (value: number): Measure =>
  value >= 1e6
    ? { value: (value / 1e6).toFixed(1), unit: 'Mbit/s' }
    : { value: (value / 1e3).toFixed(0), unit: 'kbit/s' }

const frames = (value: number): Measure => ({ value: value.toFixed(value < 9.95 ? 1 : 0), unit: 'fps' })

const time = (value: number | undefined): Measure =>
  value !== undefined && value >= 1_000 ? { value: (value / 1_000).toFixed(1), unit: 's' } : milliseconds(value)

/** A picture that stands still is as late as it is old, whatever it was when it was new. */
const delayOf = ({ stale, frameAge, captureDelay, delay }: PlayerStatistics): number | undefined =>
  stale ? frameAge : (captureDelay ?? delay)

const inWords = ({ value, unit }: Measure): string => `${value} ${unit}`.trim()

/**
 * The figures of a player with graphs of the last minute: `<rtsp-player stats>` loads it and puts it above the picture.
 * It remembers from when it is there.
 *
 * @element rtsp-player-statistics
 */
export class StatisticsOverlay extends LitElement {
  static override styles = styles

  static override properties = {
    figures: { attribute: false },
    state: { attribute: false },
  }

  declare figures: PlayerStatistics | undefined
  declare state: PlayerStateName
  readonly #delay = new History()
  readonly #frameRate = new History()
  readonly #bitrate = new History()
  #bytes = 0
  #hasRates = true
  #told = 0
  #remembered = 0
  #timer: number | undefined

  constructor() {
    super()
    this.figures = undefined
    this.state = 'idle'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#remembered = performance.now()
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('figures') && this.figures) this.#remember(this.figures)
  }

  protected override render(): TemplateResult {
    const figures = this.#isFresh ? this.figures : undefined
    const rated = this.#hasRates ? figures : undefined
    const delayName = this.figures?.captureDelay === undefined ? 'Delay from arrival' : 'Delay from capture'
    return html`
      <p class="stream">${this.#stream()}</p>
      ${graph('delay', delayName, time(figures && delayOf(figures)), this.#delay, LEAST_SCALE.delay, time)}
      ${graph(
        'frame-rate',
        'Shown',
        rated ? frames(rated.shownRate) : UNKNOWN,
        this.#frameRate,
        LEAST_SCALE.frameRate,
        frames,
      )}
      ${graph('bitrate', 'Bitrate', rated ? bits(rated.bitrate) : UNKNOWN, this.#bitrate, LEAST_SCALE.bitrate, bits)}
      <dl>${this.#details(this.figures)}</dl>
    `
  }

  get #isFresh(): boolean {
    return performance.now() - this.#told < FRESH_MS
  }

  #remember(figures: PlayerStatistics): void {
    this.#told = performance.now()
    this.#remembered = this.#told
    // The first figures of a stream have none before them that could be compared: then bytes have come, and no rate is known.
    this.#hasRates = figures.bitrate > 0 || figures.bytesReceived === this.#bytes
    this.#bytes = figures.bytesReceived
    this.#delay.push(delayOf(figures))
    this.#frameRate.push(this.#hasRates ? figures.shownRate : undefined)
    this.#bitrate.push(this.#hasRates ? figures.bitrate : undefined)
  }

  /** No session, no figures: the graphs have a gap there. */
  #look(): void {
    if (performance.now() - this.#remembered < FRESH_MS) return
    this.#remembered += 1_000
    for (const history of [this.#delay, this.#frameRate, this.#bitrate]) history.push(undefined)
    this.requestUpdate()
  }

  #stream(): string {
    const { figures } = this
    if (!figures) return this.state
    const parts = [figures.video?.codec, figures.audio?.codec]
    if (figures.width > 0) parts.unshift(`${figures.width}×${figures.height}`)
    return parts.filter((part) => part !== undefined).join(' · ')
  }

  #details(figures: PlayerStatistics | undefined): (TemplateResult | typeof nothing)[] {
    if (!figures) return []
    const { packetsLost, lossRate, latencyTarget, video, soundLag } = figures
    const lost = packetsLost === 0 ? 'none' : `${packetsLost} packets, now ${(lossRate * 100).toFixed(1)} %`
    const isNothing = this.#hasRates && figures.frameRate === 0
    const received = isNothing ? 'nothing' : inWords(this.#hasRates ? frames(figures.frameRate) : UNKNOWN)
    return [
      detail('State', this.state, this.state !== 'playing'),
      detail('Age of the picture', inWords(time(figures.frameAge)), figures.stale),
      detail('Received', received, isNothing),
      detail('Lost', lost, lossRate > 0),
      detail('Jitter', inWords(milliseconds(figures.jitter))),
      detail('Decoding', inWords(milliseconds(figures.decodeTime))),
      detail('Pictures damaged', String(figures.picturesDropped)),
      detail('Pictures late', String(figures.picturesSkipped)),
      latencyTarget === undefined ? nothing : detail('Buffer wanted', inWords(milliseconds(latencyTarget))),
      soundLag === undefined ? nothing : detail('Sound behind picture', inWords(milliseconds(soundLag))),
      detail('Shown by', video ? RENDERERS[video.renderer] : '–'),
      detail('Reconnects', String(figures.reconnects)),
      detail('Decoder restarts', String(figures.decoderRestarts)),
    ]
  }
}

const detail = (name: string, value: string, isBad = false): TemplateResult =>
  html`<dt>${name}</dt><dd class=${isBad ? 'bad' : nothing}>${value}</dd>`

function graph(
  id: string,
  name: string,
  now: Measure,
  history: History,
  leastScale: number,
  measure: (value: number) => Measure,
): TemplateResult {
  const { range } = history
  const scale = scaleOf(range?.[1] ?? 0, leastScale)
  const label = range
    ? `${name} in the last minute: ${inWords(measure(range[0]))} to ${inWords(measure(range[1]))}`
    : `${name}: nothing known`
  return html`
    <div class="graph ${id}">
      <span class="name">${name} <span class="scale" aria-hidden="true">0–${inWords(measure(scale))}</span></span>
      <span><span class="value">${now.value}</span> <span class="unit">${now.unit}</span></span>
      <div class="plot">
        <svg viewBox="0 0 ${HISTORY_SECONDS - 1} 1" preserveAspectRatio="none" role="img" aria-label=${label}>
          <path d=${pathOf(history.values, scale)} />
        </svg>
      </div>
    </div>
  `
}

if (!customElements.get('rtsp-player-statistics')) customElements.define('rtsp-player-statistics', StatisticsOverlay)

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-player-statistics': StatisticsOverlay
  }
}
