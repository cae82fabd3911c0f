/** RFC 9628 section 4.2.1: N_S has 3 bits. */
const MAXIMUM_SPATIAL_LAYERS = 8
/** Reference indices of one picture in flexible mode (section 4.2). */
const MAXIMUM_REFERENCES = 3

export interface LayerSize {
  readonly width: number
  readonly height: number
}

/**
 * The VP9 payload descriptor, RFC 9628 section 4.2: a reader that is made once and set to one packet after the other.
 *
 * ```
 *     0 1 2 3 4 5 6 7
 *    |I|P|L|F|B|E|V|Z| (required)
 * I: |M| PICTURE ID  | (recommended)
 * M: | EXTENDED PID  | (recommended)
 * L: | TID |U| SID |D| (conditionally recommended)
 *    |   TL0PICIDX   | (L without F: non-flexible mode)
 * F: |   P_DIFF    |N| (F and P: flexible mode, up to three times)
 * V: | SS …          |
 * ```
 */
export class Vp9PayloadDescriptor {
  /** Behind the descriptor. */
  payloadStart = 0
  /** P: the layer frame depends on earlier pictures. */
  interPicturePredicted = false
  /** B: the payload begins a layer frame. */
  startsFrame = false
  /** E: the payload ends a layer frame. */
  endsFrame = false
  /** SID; 0 where layers are not indicated. */
  spatialLayer = 0
  /** D: the layer frame depends on the spatial layer below it. */
  interLayerPredicted = false
  /**
   * Sizes by SID, of the scalability structure that came last; empty where it states none. Its groups of pictures are of no
   * use here.
   */
  layerSizes: readonly LayerSize[] = []

  /** Sets this to the descriptor in `bytes[start … end)`. False where it does not end; then the fields mean nothing. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const flags = bytes[start] ?? 0
    let at = start + 1
    this.interPicturePredicted = (flags & 0x40) !== 0
    this.startsFrame = (flags & 0x08) !== 0
    this.endsFrame = (flags & 0x04) !== 0
    this.spatialLayer = 0
    this.interLayerPredicted = false
    const flexible = (flags & 0x10) !== 0
    if (flags & 0x80) at += (bytes[at] ?? 0) & 0x80 ? 2 : 1
    if (flags & 0x20) {
      const layer = bytes[at++] ?? 0
      this.spatialLayer = (layer >> 1) & 7
      this.interLayerPredicted = (layer & 1) !== 0
      if (!flexible) at++ // TL0PICIDX
    }
    if (flexible && this.interPicturePredicted) {
      let references = 1
      while (at < end && (bytes[at++] ?? 0) & 1) if (++references > MAXIMUM_REFERENCES) return false
    }
    if (flags & 0x02) at = this.#readScalabilityStructure(bytes, at, end)
    this.payloadStart = at
    return at <= end
  }

  /**
   * Section 4.2.1. @returns where it ends, which may lie beyond `end`.
   *
   * ```
   *       | N_S |Y|G|-|-|-|
   * Y:    |     WIDTH     | 16 bits, then HEIGHT, for each of the N_S + 1 layers
   * G:    |      N_G      |
   * N_G:  | TID |U| R |-|-| then R times P_DIFF
   * ```
   */
  #readScalabilityStructure(bytes: Uint8Array, start: number, end: number): number {
    const flags = bytes[start] ?? 0
    const layers = Math.min(1 + (flags >> 5), MAXIMUM_SPATIAL_LAYERS)
    let at = start + 1
    if (flags & 0x10) {
      if (at + layers * 4 > end) return end + 1
      this.layerSizes = Array.from({ length: layers }, (_, layer) => {
        const size = at + layer * 4
        return { width: u16(bytes, size), height: u16(bytes, size + 2) }
      })
      at += layers * 4
    } else {
      this.layerSizes = []
    }
    if (flags & 0x08) {
      const pictures = bytes[at++] ?? 0
      for (let i = 0; i < pictures && at < end; i++) at += 1 + (((bytes[at] ?? 0) >> 2) & 3)
    }
    return at
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
