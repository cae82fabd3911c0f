import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { parseHead, type RtspHead } from './head.ts'
import { RTSP_METHODS, type RtspMessage } from './message.ts'

/** What the parser finds, in the order of the bytes. */
export interface RtspMessageHandler {
  message(message: RtspMessage): void
  /** An interleaved frame (RFC 2326 section 10.12): `bytes[start … end)` without its 4-byte header; good during the call. */
  interleaved(channel: number, bytes: Uint8Array, start: number, end: number): void
  /** Bytes were passed over that are neither a message nor a frame. */
  skipped(count: number): void
}

export interface RtspMessageParserOptions {
  /** Which channels a frame may have to be believed when the parser looks for its place after garbage. Default: all. */
  readonly isExpectedChannel?: (channel: number) => boolean
}

const DOLLAR = 0x24
const CR = 0x0d
const LF = 0x0a
const INTERLEAVED_HEADER_BYTES = 4
const NO_BODY = new Uint8Array(0)
const CARRY_BYTES = 16 * 1024
/**
 * A chunk of so many bytes at most is kept as a whole behind what is incomplete: items within it that might be handed out
 * where they are cost more in views and moves than in copies.
 */
const SMALL_CHUNK = 2048
/** The longest method names have 13 letters; an unknown one may be a little longer. */
const LONGEST_TOKEN = 24

/** What stands at a place where a message or a frame should begin. */
type Start = 'frame' | 'message' | 'http' | 'blank' | 'garbage' | 'incomplete'

/**
 * Where the parser is. `synchronized` is false after garbage: then only what is very likely a message or a frame
 * is believed.
 */
type State =
  | { readonly at: 'start'; readonly synchronized: boolean }
  | { readonly at: 'head'; lineStart: number; scanned: number }
  | { readonly at: 'body'; readonly head: RtspHead; readonly length: number; readonly openEnded: boolean }
  | { readonly at: 'stopped' }

const SYNCHRONIZED: State = { at: 'start', synchronized: true }
const LOST: State = { at: 'start', synchronized: false }
const STOPPED: State = { at: 'stopped' }

/**
 * Incremental parser of one direction of an RTSP connection: requests, responses and interleaved frames, split into
 * chunks anywhere. Whatever lies whole within a chunk is handed out as a view; only what crosses a border is copied,
 * once, so the time is linear in the bytes for any split.
 *
 * Incomplete is not invalid: it waits. Garbage is passed over and counted, up to `LIMITS.rtspGarbageBytes` in one run.
 * `push` throws a `ProtocolError` (`not-rtsp`, `rtsp-syntax`, `rtsp-head-too-large`, `rtsp-body-too-large`) when the
 * stream cannot go on; the parser is stopped then.
 */
export class RtspMessageParser {
  readonly #handler: RtspMessageHandler
  readonly #isExpectedChannel: (channel: number) => boolean
  #state: State = SYNCHRONIZED
  /** The beginning of an item that is not complete yet: `#carry[#carryStart … #carryEnd)`. */
  #carry = new Uint8Array(CARRY_BYTES)
  #carryStart = 0
  #carryEnd = 0
  /** How long the carry must be before it is worth another look; 0: up to and with the next line feed. */
  #wanted = 0
  #position = 0
  #garbageRun = 0
  #seenMessage = false
  /**
   * Bytes of the connection before which no request, and no message at all, begins: each line that begins before them
   * ends in the same way that was refused already. Without this, a line of method names takes quadratic time.
   */
  #noRequestBefore = 0
  #noMessageBefore = 0

  constructor(handler: RtspMessageHandler, options: RtspMessageParserOptions = {}) {
    this.#handler = handler
    this.#isExpectedChannel = options.isExpectedChannel ?? (() => true)
  }

  /** Bytes of the connection that are done with. */
  get position(): number {
    return this.#position
  }

  /** Nothing has begun that is not complete. */
  get isBetweenItems(): boolean {
    return this.#state.at === 'start' && this.#carried === 0
  }

  /** Bytes of a body that are still to come; 0 outside a body. */
  get missingBodyBytes(): number {
    return this.#state.at === 'body' ? this.#state.length - this.#carried : 0
  }

  /** A description is coming whose length was not announced: it ends when nothing more comes. */
  get bodyIsOpenEnded(): boolean {
    return this.#state.at === 'body' && this.#state.openEnded
  }

  /** Bytes came that begin nothing known, and no message ever did: the peer most likely does not speak RTSP. */
  get sawOnlyGarbage(): boolean {
    return !this.#seenMessage && (this.#garbageRun > 0 || (this.#carried > 0 && this.#state.at === 'start'))
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (this.#carryEnd > 0 && at < chunk.length) at += this.#continueCarry(chunk, at)
    if (at < chunk.length) {
      at += this.#scan(chunk, at, chunk.length)
      this.#keep(chunk, at, chunk.length)
    }
  }

  /** Hands out nothing any more, whatever comes. */
  stop(): void {
    this.#state = STOPPED
    this.#emptyCarry()
  }

  /**
   * Takes a body as complete although its Content-Length promised more: some cameras count its line ends wrongly, and
   * both sides would wait for ever. Call when the peer has been silent for a while.
   */
  acceptShortBody(): void {
    if (this.#state.at !== 'body') return
    const body = this.#carry.slice(this.#carryStart, this.#carryEnd)
    this.#position += this.#carried
    this.#emptyCarry()
    this.#finishMessage(this.#state.head, body)
  }

  /** Moves as much of the chunk to the carry as the item needs, and looks again. Returns the bytes moved. */
  #continueCarry(chunk: Uint8Array, at: number): number {
    const rest = chunk.length - at
    let taken = rest
    if (this.#wanted === 0) {
      const lineFeed = chunk.indexOf(LF, at)
      if (lineFeed >= 0) taken = lineFeed + 1 - at
    } else if (rest > SMALL_CHUNK) {
      taken = Math.min(this.#wanted - this.#carried, rest)
    }
    this.#keep(chunk, at, at + taken)
    if (this.#carried >= this.#wanted) {
      this.#carryStart += this.#scan(this.#carry, this.#carryStart, this.#carryEnd)
      if (this.#carryStart >= this.#carryEnd) this.#emptyCarry()
    }
    return taken
  }

  get #carried(): number {
    return this.#carryEnd - this.#carryStart
  }

  #emptyCarry(): void {
    this.#carryStart = 0
    this.#carryEnd = 0
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    if (this.#state.at === 'stopped' || start >= end) return
    const length = end - start
    if (this.#carryEnd + length > this.#carry.length) this.#makeRoom(this.#carried + length)
    // A view costs more than the copy where chunks are small, and small chunks are kept whole.
    this.#carry.set(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end), this.#carryEnd)
    this.#carryEnd += length
  }

  /** Moves what is carried to the front, of a larger buffer where so many bytes do not fit into this one. */
  #makeRoom(length: number): void {
    const carry = this.#carry
    if (length > carry.length) this.#carry = new Uint8Array(Math.max(length, carry.length * 2))
    this.#carry.set(carry.subarray(this.#carryStart, this.#carryEnd))
    this.#carryEnd = this.#carried
    this.#carryStart = 0
  }

  /** Hands out every item that is whole within `bytes[start … end)`; returns how many bytes they took. */
  #scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    while (at < end || this.#state.at === 'body') {
      const state = this.#state
      let consumed: number
      switch (state.at) {
        case 'start':
          consumed =
            state.synchronized && bytes[at] === DOLLAR ? this.#frame(bytes, at, end) : this.#begin(bytes, at, end)
          break
        case 'head':
          consumed = this.#head(state, bytes, at, end)
          break
        case 'body':
          consumed = this.#body(state, bytes, at, end)
          break
        case 'stopped':
          return end - start
      }
      // A head has just begun, or a body of no bytes has ended: no bytes were used, but there is more to do.
      if (consumed === 0 && this.#state === state) break
      at += consumed
      this.#position += consumed
    }
    return at - start
  }

  #frame(bytes: Uint8Array, at: number, end: number): number {
    const available = end - at
    if (available < INTERLEAVED_HEADER_BYTES) return this.#want(INTERLEAVED_HEADER_BYTES)
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const whole = INTERLEAVED_HEADER_BYTES + length
    if (available < whole) return this.#want(whole)
    this.#garbageRun = 0
    this.#handler.interleaved(bytes[at + 1] ?? 0, bytes, at + INTERLEAVED_HEADER_BYTES, at + whole)
    return whole
  }

  #begin(bytes: Uint8Array, at: number, end: number): number {
    const synchronized = this.#state.at === 'start' && this.#state.synchronized
    let garbage = 0
    for (let i = at; i < end; i++) {
      const start = this.#classify(bytes, i, end, synchronized && garbage === 0, this.#position + i - at)
      if (start === 'blank' && synchronized && garbage === 0) return 1
      if (start === 'blank' || start === 'garbage') {
        garbage++
        continue
      }
      if (garbage > 0) this.#skip(garbage)
      if (start === 'incomplete') return garbage > 0 ? garbage : this.#want(end - i + 1)
      if (garbage > 0) return garbage
      if (start === 'http') this.#fail('not-rtsp', 'The server speaks HTTP, not RTSP')
      if (start === 'frame') {
        this.#state = SYNCHRONIZED
        return this.#frame(bytes, i, end)
      }
      this.#state = { at: 'head', lineStart: 0, scanned: 0 }
      return 0
    }
    this.#skip(garbage)
    return garbage
  }

  #classify(bytes: Uint8Array, at: number, end: number, synchronized: boolean, position: number): Start {
    const first = bytes[at] ?? 0
    if (first === CR || first === LF) return 'blank'
    if (first === DOLLAR) {
      if (end - at <= INTERLEAVED_HEADER_BYTES) return 'incomplete'
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
      const version = (bytes[at + 4] ?? 0) >> 6
      return length >= 8 && version === 2 && this.#isExpectedChannel(bytes[at + 1] ?? 0) ? 'frame' : 'garbage'
    }
    let i = at
    while (i < end && i - at < LONGEST_TOKEN && isTokenLetter(bytes[i] ?? 0)) i++
    // The byte behind the longest token is looked at as well.
    if (i === end && i > at) return 'incomplete'
    if (i - at < 3) return 'garbage'
    const token = String.fromCharCode(...bytes.subarray(at, i))
    const next = bytes[i]
    if (position < this.#noMessageBefore) return 'garbage'
    const capitals = token.toUpperCase()
    if (next === 0x2f && capitals === 'RTSP') return 'message'
    if (next === 0x2f && token === 'HTTP' && !this.#seenMessage) return 'http'
    if (next !== 0x20 || token !== capitals || position < this.#noRequestBefore) return 'garbage'
    return synchronized || (RTSP_METHODS as readonly string[]).includes(token) ? 'message' : 'garbage'
  }

  /** Looks for the empty line that ends a head; remembers how far it looked. */
  #head(state: State & { at: 'head' }, bytes: Uint8Array, at: number, end: number): number {
    // Before the end of the line is looked for, which may be far.
    if (state.scanned < STATUS_BYTES && end - at >= STATUS_BYTES && !mayBeStartLine(bytes, at))
      return this.#refuseStart()
    for (;;) {
      // Not indexOf on the whole buffer: behind `end` lie old bytes, and looking through them would take quadratic time.
      const found = bytes.subarray(at + state.scanned, end).indexOf(LF)
      const whole = found >= 0
      const lineFeed = at + state.scanned + found
      const length = (whole ? lineFeed + 1 : end) - at
      if (length > LIMITS.rtspHeadBytes) {
        this.#fail('rtsp-head-too-large', `An RTSP head is longer than ${LIMITS.rtspHeadBytes} bytes`)
      }
      const lineStart = at + state.lineStart
      // Some cameras end lines with two CR before the LF.
      const lineEnd = withoutCr(bytes, lineStart, whole ? lineFeed : end)
      if (lineStart === at) {
        const control = controlAt(bytes, at + state.scanned, lineEnd)
        if (control < lineEnd) {
          this.#noMessageBefore = this.#position + control - at
          return this.#refuseStart()
        }
        if (whole && !isStartLine(bytes, at, lineEnd)) {
          this.#noRequestBefore = this.#position + lineEnd - at
          return this.#refuseStart()
        }
      }
      if (!whole) {
        // A CR at the end is looked at again: whether it ends the line depends on what follows.
        state.scanned = lineEnd - at
        return this.#want(0)
      }
      if (lineEnd === lineStart) return this.#finishHead(bytes, at, length)
      state.scanned = length
      state.lineStart = length
    }
  }

  /** It began like a message and is none. Only its first letter is passed over: a real one may begin inside. */
  #refuseStart(): 1 {
    this.#skip(1)
    this.#state = LOST
    return 1
  }

  #finishHead(bytes: Uint8Array, at: number, length: number): number {
    let head: RtspHead
    try {
      head = parseHead(bytes.subarray(at, at + length), this.#position)
    } catch (error) {
      this.stop()
      throw error
    }
    this.#seenMessage = true
    this.#garbageRun = 0
    const openEnded = head.contentLength === null && isDescription(head)
    const bodyLength = openEnded ? LIMITS.rtspBodyBytes : (head.contentLength ?? 0)
    if (bodyLength > LIMITS.rtspBodyBytes) {
      this.#fail('rtsp-body-too-large', `An RTSP body of ${bodyLength} bytes was announced`)
    }
    if (bodyLength === 0) this.#finishMessage(head, NO_BODY)
    else this.#state = { at: 'body', head, length: bodyLength, openEnded }
    return length
  }

  #body(state: State & { at: 'body' }, bytes: Uint8Array, at: number, end: number): number {
    if (end - at < state.length) return this.#want(state.length)
    this.#finishMessage(state.head, bytes.slice(at, at + state.length))
    return state.length
  }

  #finishMessage(head: RtspHead, body: Uint8Array): void {
    this.#state = SYNCHRONIZED
    this.#handler.message({ ...head.message, body })
  }

  #want(length: number): 0 {
    this.#wanted = length
    return 0
  }

  #skip(count: number): void {
    this.#state = LOST
    this.#garbageRun += count
    this.#handler.skipped(count)
    if (this.#garbageRun <= LIMITS.rtspGarbageBytes) return
    if (this.#seenMessage) this.#fail('rtsp-syntax', `${this.#garbageRun} bytes are neither RTSP nor frames`)
    this.#fail('not-rtsp', 'The server does not speak RTSP')
  }

  #fail(code: 'not-rtsp' | 'rtsp-syntax' | 'rtsp-head-too-large' | 'rtsp-body-too-large', what: string): never {
    this.stop()
    throw new ProtocolError(code, `${what} (byte ${this.#position})`, { place: { byte: this.#position } })
  }
}

/** Without Content-Length there is no body (RFC 2326 section 4.4), but an answer that says it is an SDP has one. */
const isDescription = ({ message }: RtspHead): boolean =>
  message.kind === 'response' &&
  message.status === 200 &&
  /^application\/sdp\b/i.test(message.headers.get('Content-Type') ?? '')

const isTokenLetter = (byte: number): boolean =>
  (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || VERSION_LETTERS.has(byte)
/** Of `rtsp/1.0`, as some write it. */
const VERSION_LETTERS: ReadonlySet<number> = new Set([0x72, 0x74, 0x73, 0x70])

/**
 * Where a line ends whose bytes end at `end`: before its carriage returns, two at the most, for a run of them would be
 * looked at anew with each byte that comes.
 */
function withoutCr(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && end - at < 2 && bytes[at - 1] === CR) at--
  return at
}

/** Where the first control character is, or `end`: a first line that has one is binary data. */
function controlAt(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 && byte !== 0x09) return i
  }
  return end
}

/** Bytes that tell a status line from other text: `RTSP/1.0 200 ` with some blanks more. */
const STATUS_BYTES = 24
const STATUS_LINE = /^RTSP\/\d+(\.\d+)?\s+\d{3}(?!\d)/i
const VERSION = /^RTSP\//i

/** What begins at `start`, and has so many bytes at least, is no response that is none. */
const mayBeStartLine = (bytes: Uint8Array, start: number): boolean => {
  const head = String.fromCharCode(...bytes.subarray(start, start + STATUS_BYTES))
  return !VERSION.test(head) || STATUS_LINE.test(head)
}

/** `RTSP/1.0 200 OK` or `DESCRIBE rtsp://… RTSP/1.0`, loosely. */
function isStartLine(bytes: Uint8Array, start: number, end: number): boolean {
  const head = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + STATUS_BYTES)))
  if (VERSION.test(head)) return STATUS_LINE.test(head)
  const tail = String.fromCharCode(...bytes.subarray(Math.max(start, end - 16), end))
  return /\sRTSP\/\d+\.\d+\s*$/.test(tail)
}
