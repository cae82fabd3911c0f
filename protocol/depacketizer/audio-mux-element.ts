import { BitReader } from '../bytes/bit-reader.ts'
import { readStreamMuxConfig, type StreamMuxConfig } from '../codec/stream-mux-config.ts'
import { ProtocolError } from '../errors.ts'

/** Where the payloads of the stream that is played lie. */
export interface AudioMuxPayload {
  /** In bits from the start of the element's buffer. */
  readonly bit: number
  /** Bytes. */
  readonly length: number
  /** The access unit ends with it; else it goes on in the next. */
  readonly ends: boolean
}

export interface AudioMuxElement {
  readonly config: StreamMuxConfig
  /** `config` came with this element. */
  readonly configured: boolean
  readonly payloads: readonly AudioMuxPayload[]
  /** Where it ends, in bytes. */
  readonly end: number
}

/** `incomplete`: more bytes are needed. `unconfigured`: it has no StreamMuxConfig, nor had one before. */
export type AudioMuxResult = AudioMuxElement | 'incomplete' | 'unconfigured' | 'invalid'

/** The code by which running out of bits is told apart from what is wrong. */
const INCOMPLETE = 'out-of-range'

/**
 * Reads AudioMuxElement(muxConfigPresent) of ISO/IEC 14496-3 section 1.7.3.
 *
 * @param start where it begins, in bytes
 * @param known the StreamMuxConfig so far
 */
export function readAudioMuxElement(
  bytes: Uint8Array,
  start: number,
  muxConfigPresent: boolean,
  known: StreamMuxConfig | undefined,
): AudioMuxResult {
  const reader = new BitReader(bytes, INCOMPLETE)
  reader.skip(8 * start)
  try {
    const configured = muxConfigPresent && !reader.flag() // useSameStreamMux
    const config = configured ? readStreamMuxConfig(bytes, reader) : known
    if (!config) return 'unconfigured'
    const payloads: AudioMuxPayload[] = []
    for (let i = 0; i < config.subframes; i++) {
      if (config.sameTimeFraming) readPayloads(reader, config, payloads)
      else readChunks(reader, config, payloads)
    }
    reader.skip(config.otherDataBits)
    return { config, configured, payloads, end: (reader.position + 7) >> 3 }
  } catch (error) {
    if (error instanceof ProtocolError) return error.code === INCOMPLETE ? 'incomplete' : 'invalid'
    throw error
  }
}

/** PayloadLengthInfo() and PayloadMux() where each element holds one payload of each stream. */
function readPayloads(reader: BitReader, { frameLengths }: StreamMuxConfig, payloads: AudioMuxPayload[]): void {
  const lengths = frameLengths.map((length) => (length < 0 ? readSlotLength(reader) : length))
  for (const [streamId, length] of lengths.entries()) {
    if (streamId === 0) payloads.push({ bit: reader.position, length, ends: true })
    reader.skip(8 * length)
  }
}

/** … and where it says of which streams. */
function readChunks(reader: BitReader, { frameLengths }: StreamMuxConfig, payloads: AudioMuxPayload[]): void {
  const chunks: { streamIndex: number; length: number; ends: boolean }[] = []
  const count = reader.bits(4) + 1 // numChunk
  for (let i = 0; i < count; i++) {
    const streamIndex = reader.bits(4)
    const fixed = frameLengths[streamIndex]
    if (fixed === undefined) throw new ProtocolError('payload-syntax', `there is no stream ${streamIndex}`)
    if (fixed < 0)
      chunks.push({ streamIndex, length: readSlotLength(reader), ends: reader.flag() }) // AuEndFlag
    else chunks.push({ streamIndex, length: fixed, ends: true })
  }
  for (const { streamIndex, length, ends } of chunks) {
    if (streamIndex === 0) payloads.push({ bit: reader.position, length, ends })
    reader.skip(8 * length)
  }
}

/** MuxSlotLengthBytes. */
function readSlotLength(reader: BitReader): number {
  let length = 0
  for (;;) {
    const part = reader.bits(8)
    length += part
    if (part !== 255) return length
  }
}
