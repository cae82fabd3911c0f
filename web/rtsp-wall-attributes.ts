import type { RtspWallEventMap } from './rtsp-wall-events.ts'
import { TypedElement } from './typed-element.ts'
import type { WallStreams } from './wall/streams.ts'

/** CSS pixels below which a tile is too small to tell anything. */
const SMALLEST_TILE = 160
/** Device pixels; the smaller streams of most cameras are about 640 wide. */
const SUBSTREAM_BELOW = 480
const HIDDEN_SECONDS = 30

/** The attributes of `<rtsp-wall>` with their properties, and its events. */
export abstract class RtspWallAttributes extends TypedElement<RtspWallEventMap> {
  static override properties = {
    streams: {},
    bridge: {},
    ticket: {},
    getTicket: { attribute: false },
    layout: { reflect: true },
    page: { type: Number, reflect: true },
    full: { reflect: true },
    sound: { reflect: true },
    controls: { type: Boolean },
    persist: {},
    aligned: { type: Boolean, reflect: true },
    budget: { type: Number },
    substreamBelow: { type: Number, attribute: 'substream-below' },
    minTile: { type: Number, attribute: 'min-tile' },
    pauseHiddenAfter: { type: Number, attribute: 'pause-hidden-after' },
  }

  /** Names, or a list of names and `{ src, title, substream }`; `substream: false` where the camera has no smaller one. */
  declare streams: WallStreams
  declare bridge: string
  declare ticket: string
  /** Fetches a ticket for each connection of each tile. */
  declare getTicket: (() => Promise<string>) | undefined
  declare layout: string
  declare page: number
  /** Name or place of the tile that fills the wall; empty where all are shown. */
  declare full: string | number
  /** Name or place of the tile that is heard; empty where none is. */
  declare sound: string | number
  declare controls: boolean
  declare persist: string
  declare aligned: boolean
  declare budget: number | undefined
  declare substreamBelow: number
  declare minTile: number
  declare pauseHiddenAfter: number

  constructor() {
    super()
    this.streams = ''
    this.bridge = ''
    this.ticket = ''
    this.layout = 'auto'
    this.page = 0
    this.full = ''
    this.sound = ''
    this.controls = false
    this.persist = ''
    this.aligned = false
    this.substreamBelow = SUBSTREAM_BELOW
    this.minTile = SMALLEST_TILE
    this.pauseHiddenAfter = HIDDEN_SECONDS
  }

  protected tell<K extends 'layoutchange' | 'orderchange' | 'tileactivate' | 'budgetchange' | 'soundchange'>(
    type: K,
    detail: RtspWallEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
