/** Lengths in bits of the fields of an AU-header, as the fmtp states them (RFC 3640 section 4.1); 0: not there. */
export interface AuHeaderLayout {
  readonly sizeLength: number
  readonly indexLength: number
  readonly indexDeltaLength: number
  readonly ctsDeltaLength: number
  readonly dtsDeltaLength: number
  readonly randomAccessIndication: boolean
  readonly streamStateIndication: number
  readonly auxiliaryDataSizeLength: number
}

/** One AU-header, as far as it is needed here. */
export interface AuHeader {
  /** Bytes of the whole access unit; -1 where the headers do not tell. */
  size: number
  /** Serial number less that of the first unit in the packet. */
  offset: number
  /** CTS-delta: ticks between the packet's timestamp and this unit's; undefined where it is not told. */
  ctsDelta: number | undefined
}

/**
 * The AU Header Section and the Auxiliary Section at the start of a payload (RFC 3640 sections 3.2.1 and 3.2.2). One
 * object reads them all: what it holds is of the newest packet.
 *
 * ```
 * +-------------------+-----------+-  -+-----------+---------+----------------+---------+---------+
 * | AU-headers-length | AU-header | …  | AU-header | padding | auxiliary-data | auxil.  | padding |
 * |      16 bits      |    (1)    |    |    (n)    |  bits   |   -size        |  data   |  bits   |
 * +-------------------+-----------+-  -+-----------+---------+----------------+---------+---------+
 * AU-header: AU-size, AU-Index or AU-Index-delta, CTS-flag, CTS-delta, DTS-flag, DTS-delta, RAP-flag, Stream-state
 * ```
 */
export class AuHeaders {
  /** Headers of the packet. 0 where the layout has none: the payload is one unit or several of a constant size. */
  count = 0
  /** Where the access units begin, in bytes. */
  dataStart = 0
  readonly #layout: AuHeaderLayout
  /** Bits of the shortest first header, and of the shortest that follows. */
  readonly #first: number
  readonly #next: number
  readonly #headers: AuHeader[] = []
  #bytes: Uint8Array = new Uint8Array(0)
  /** In bits. */
  #position = 0

  constructor(layout: AuHeaderLayout) {
    this.#layout = layout
    const common =
      layout.sizeLength +
      (layout.ctsDeltaLength > 0 ? 1 : 0) +
      (layout.dtsDeltaLength > 0 ? 1 : 0) +
      (layout.randomAccessIndication ? 1 : 0) +
      layout.streamStateIndication
    this.#first = common + layout.indexLength
    this.#next = common + layout.indexDeltaLength
  }

  /** @returns false where they do not fit the payload. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes
    this.#position = start * 8
    this.count = 0
    // Section 3.2.1: without any field there is no section.
    if (this.#first > 0 && !this.#readHeaders(start, end)) return false
    return this.#skipAuxiliary(end)
  }

  /** From 0 to `count` less one. */
  at(index: number): AuHeader {
    const header = this.#headers[index] ?? { size: -1, offset: 0, ctsDelta: undefined }
    this.#headers[index] = header
    return header
  }

  #readHeaders(start: number, end: number): boolean {
    if (end - start < 2) return false
    const stated = this.#bits(16)
    // In bits; some cameras count bytes.
    const length = stated >= this.#first ? stated : stated * 8
    const headersEnd = this.#position + length
    if (length < this.#first || headersEnd > end * 8) return false
    let offset = 0
    for (let least = this.#first; this.#position + least <= headersEnd; least = this.#next) {
      offset = this.#readHeader(this.at(this.count), offset)
      if (this.#position > headersEnd) break // of which a part is missing
      this.count++
      // Nothing tells more headers apart from padding.
      if (this.#next === 0) break
    }
    this.#position = headersEnd
    return this.count > 0
  }

  /** @returns the offset that the next header's AU-Index-delta is added to. */
  #readHeader(header: AuHeader, offset: number): number {
    const { sizeLength, indexLength, indexDeltaLength, ctsDeltaLength, dtsDeltaLength } = this.#layout
    header.size = sizeLength > 0 ? this.#bits(sizeLength) : -1
    if (this.count === 0) {
      // Timestamps place the packet, so the number itself says nothing more (and is 0 in the AAC modes, section 3.3.6).
      this.#position += indexLength
      header.offset = 0
    } else {
      header.offset = offset + this.#bits(indexDeltaLength)
    }
    header.ctsDelta = undefined
    if (ctsDeltaLength > 0 && this.#bits(1) === 1) {
      const value = this.#bits(ctsDeltaLength)
      header.ctsDelta = value >= 2 ** (ctsDeltaLength - 1) ? value - 2 ** ctsDeltaLength : value
    }
    // Sound is decoded in the order in which it is heard, and each frame is a random access point.
    if (dtsDeltaLength > 0 && this.#bits(1) === 1) this.#position += dtsDeltaLength
    if (this.#layout.randomAccessIndication) this.#position++
    this.#position += this.#layout.streamStateIndication
    return header.offset + 1
  }

  #skipAuxiliary(end: number): boolean {
    this.#position = Math.ceil(this.#position / 8) * 8
    const { auxiliaryDataSizeLength } = this.#layout
    if (auxiliaryDataSizeLength > 0) {
      if (this.#position + auxiliaryDataSizeLength > end * 8) return false
      const size = this.#bits(auxiliaryDataSizeLength)
      this.#position += size
    }
    this.dataStart = Math.ceil(this.#position / 8)
    return this.dataStart <= end
  }

  /** An unsigned number of up to 32 bits; zeros where it reaches behind the bytes, which the caller notices. */
  #bits(count: number): number {
    let value = 0
    for (const end = this.#position + count; this.#position < end; this.#position++) {
      const byte = this.#bytes[this.#position >> 3] ?? 0
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1)
    }
    return value
  }
}
