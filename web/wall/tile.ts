import { type PacedAttempt, sharedReconnectPacing } from '../playback/player/reconnect-pacing.ts'
import { resolveStreamAddress } from '../playback/stream/stream-address.ts'
import type { RtspPlayer } from '../rtsp-player.ts'
import type { AlignedTile } from './alignment.ts'
import { publicName, type WallStream } from './streams.ts'
import { missedOf, type TileLoad, tileLoad } from './tile-load.ts'

/** Why a tile does not play, other than that a person paused it. */
export type TileRest =
  /** Nobody sees it: it is scrolled away, on another page of the wall, behind the enlarged one, or in a hidden tab. */
  | 'unseen'
  /** The machine cannot play all at once, and it is the turn of others. */
  | 'turn'

/** Longest that a start keeps others waiting, in milliseconds. */
const START_MS = 3_000
/** A stream that has just begun says nothing about the machine. */
const WARM_UP_MS = 3_000

/** One player of a wall. The player keeps its last picture while it rests. */
export class Tile {
  readonly player: RtspPlayer
  /** Made by the wall, rather than put into it. */
  readonly isOwn: boolean
  /** False where the camera is known to have no smaller stream. */
  readonly hasSubstream: boolean
  readonly #givenTitle: string | undefined
  /** Tells the tiles of a wall apart, and holds no secret. */
  name = ''
  /** Set while the wall has a say in how far behind the live edge it plays. */
  #delay: { readonly attribute: string; readonly own: number; readonly added: number } | undefined
  #rest: TileRest | undefined
  #isPausedByPerson = false
  #start: PacedAttempt | undefined
  #startTimer: ReturnType<typeof setTimeout> | undefined
  #playsSince = Number.POSITIVE_INFINITY

  /** @param title what people call it; the name of its stream by default */
  constructor(player: RtspPlayer, isOwn: boolean, hasSubstream = true, title?: string) {
    this.player = player
    this.isOwn = isOwn
    this.hasSubstream = hasSubstream
    this.#givenTitle = title
    this.#rest = player.paused ? 'unseen' : undefined
    player.addEventListener('statechange', this.#onState)
    player.addEventListener('pause', this.#onPause)
    player.addEventListener('play', this.#onPlay)
  }

  get title(): string {
    return this.#givenTitle ?? (this.player.title || this.player.ariaLabel || publicName(this.player.src))
  }

  get rest(): TileRest | undefined {
    return this.#rest
  }

  /** Whether it plays, or tries to, as far as the wall decides. */
  setRest(rest: TileRest | undefined): void {
    if (rest === this.#rest) return
    const rested = this.#rest !== undefined
    this.#rest = rest
    this.#markResting(rest !== undefined || !this.#isPausedByPerson)
    if (rest !== undefined) {
      this.#started(false)
      this.player.pause()
    } else if (rested && !this.#isPausedByPerson) this.#play()
  }

  /** What it says about the machine; undefined while it says nothing. @param now milliseconds of a monotonic clock */
  load(now: number): TileLoad | undefined {
    const { statistics, state } = this.player
    const plays = this.#rest === undefined && (state === 'playing' || state === 'stalled')
    if (!plays || !statistics || now - this.#playsSince < WARM_UP_MS) return undefined
    const load = tileLoad(statistics)
    return missedOf([load]) === undefined ? undefined : load
  }

  /** Whether this is the tile of such an entry in `streams`. */
  shows({ src, title, substream }: WallStream): boolean {
    return this.player.src === src && this.#givenTitle === title && this.hasSubstream === (substream !== false)
  }

  /** How far it is behind its camera; undefined where nobody knows, or nothing can be added. */
  get aligned(): AlignedTile | undefined {
    const { captureDelay, latencyTarget } = this.player.statistics ?? {}
    if (this.#rest !== undefined || this.player.state !== 'playing') return undefined
    if (captureDelay === undefined || latencyTarget === undefined) return undefined
    return { captureDelay, added: this.#delay?.added ?? 0 }
  }

  /** @param added milliseconds beside what it needs by itself; undefined: as it was before */
  setDelay(added: number | undefined): void {
    const { player } = this
    if (added === undefined) {
      if (this.#delay) player.latency = this.#delay.attribute
      this.#delay = undefined
      return
    }
    const own = this.#delay?.own ?? player.statistics?.latencyTarget ?? 0
    this.#delay = { attribute: this.#delay?.attribute ?? player.latency, own, added }
    player.latency = ((own + added) / 1_000).toFixed(3)
  }

  /** The wall lets go of it: a player of its own ends, another is left as it is. */
  release(): void {
    this.#started(false)
    this.setDelay(undefined)
    this.player.removeEventListener('statechange', this.#onState)
    this.player.removeEventListener('pause', this.#onPause)
    this.player.removeEventListener('play', this.#onPlay)
    if (this.isOwn) this.player.remove()
  }

  /** The players of the page take turns, with those that come back after a fault. */
  #play(): void {
    this.#started(false)
    this.#start = sharedReconnectPacing().wait(bridgeOf(this.player), 0, false, () => {
      this.#startTimer = setTimeout(() => this.#started(false), START_MS)
      // An element that is new has no video before its first rendering.
      this.player.updateComplete.then(() => {
        if (this.#rest !== undefined || this.#isPausedByPerson) return
        // What went wrong stands on the player.
        this.player.play().catch(() => undefined)
      })
    })
  }

  /** Its start is over, well or not, and another may begin. */
  #started(missed: boolean): void {
    clearTimeout(this.#startTimer)
    this.#start?.over(missed)
    this.#start = undefined
  }

  readonly #onState = (): void => {
    const { state, error } = this.player
    if (this.#rest === undefined && state !== 'idle' && state !== 'paused') this.#markResting(false)
    if (state === 'playing') {
      if (this.#playsSince === Number.POSITIVE_INFINITY) this.#playsSince = performance.now()
    } else if (state !== 'stalled') this.#playsSince = Number.POSITIVE_INFINITY
    // The camera plays, or the player itself waits for its turn by now.
    const isUnderWay = state === 'connecting' || state === 'idle'
    if (!isUnderWay && this.#start) this.#started(error?.code === 'bridge-unreachable')
  }

  /** For the style sheet of the wall. */
  #markResting(isResting: boolean): void {
    if (this.isOwn) this.player.toggleAttribute('data-resting', isResting)
  }

  readonly #onPause = (): void => {
    if (this.#rest === undefined) this.#isPausedByPerson = true
    if (this.#isPausedByPerson) this.#markResting(false)
  }

  readonly #onPlay = (): void => {
    this.#isPausedByPerson = false
    // By its own `autoplay`.
    if (this.#rest !== undefined) queueMicrotask(() => this.#rest !== undefined && this.player.pause())
  }
}

/** The bridge whose turns it waits for; any word where the address is nonsense, which the player will say. */
function bridgeOf({ src, bridge }: RtspPlayer): string {
  try {
    return new URL(resolveStreamAddress(src, bridge, document.baseURI).websocketUrl).origin
  } catch {
    return 'none'
  }
}
