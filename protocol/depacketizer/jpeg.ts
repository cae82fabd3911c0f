import { ByteWriter } from '../bytes/byte-writer.ts'
import type { VideoConfiguration } from '../codec/configuration.ts'
import {
  type JpegFrame,
  type JpegHeader,
  JpegMarker,
  type JpegScanComponent,
  jpegConfiguration,
  type QuantizationTables,
} from '../codec/jpeg.ts'
import { JpegSegments, readPictureSize, writeJpegHeader } from '../codec/jpeg-header.ts'
import { STANDARD_HUFFMAN_TABLES } from '../codec/jpeg-tables.ts'
import type { ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { JpegHeaderExtension } from './jpeg-header-extension.ts'
import { JpegPayloadHeader } from './jpeg-payload-header.ts'
import { JpegQuantization } from './jpeg-quantization.ts'
import { JpegSize, type PictureSize } from './jpeg-size.ts'
import { MarkerWatch } from './marker-watch.ts'
import { MALFORMED, NO_PICTURE, UnitAssembler, type UnitFinding } from './unit-assembler.ts'

export interface JpegDepacketizerOptions {
  /** What the SDP says: `x-dimensions` or `framesize`. Null where it says nothing. */
  readonly size: PictureSize | null
  /** Told what the stream does against the RFC and is tolerated. */
  readonly report?: ReportDeviation | undefined
}

/** RFC 2435 section 4.1: types 0 (4:2:2) and 1 (4:2:0) differ in how many lines of chrominance there are. */
const components = (type: number): JpegFrame['components'] => [
  { id: 1, horizontal: 2, vertical: type === 0 ? 1 : 2, quantization: 0 },
  { id: 2, horizontal: 1, vertical: 1, quantization: 1 },
  { id: 3, horizontal: 1, vertical: 1, quantization: 1 },
]
const COMPONENTS = [components(0), components(1)] as const

/** What the bytes are that are gathered of a picture. */
type Content =
  /** Marker segments of ONVIF's header extension; entropy-coded data have not come. */
  | { readonly kind: 'segments' }
  | Scan
  /** A whole file, behind RFC 2435's payload headers or without them. */
  | { readonly kind: 'file'; readonly framing: 'payload-headers' | 'bare' }

/** A header that was made, and entropy-coded data. */
interface Scan {
  readonly kind: 'scan'
  readonly header: JpegHeader
  /** Where the frame header has its height and width. */
  readonly sizeAt: number
  readonly scanStart: number
  /** Where the fragments begin: behind what the extension brings of the scan, which their offsets do not count. */
  readonly fragmentsStart: number
}

const SEGMENTS: Content = { kind: 'segments' }
const FILE: Content = { kind: 'file', framing: 'payload-headers' }
const BARE_FILE: Content = { kind: 'file', framing: 'bare' }

/** Values of the type-specific field (section 4.1): lines of half the height of the whole picture. */
const isField = (typeSpecific: number): boolean => typeSpecific >= 1 && typeSpecific <= 3

/**
 * MJPEG by RFC 2435, with ONVIF's header extension for what it cannot say, and whole JPEG files as some cameras put them
 * into packets. Each access unit is a complete JPEG file, and a random access point.
 *
 * A picture ends by its marker; where a camera sets markers wrongly or never, by the next timestamp or first fragment.
 */
export class JpegDepacketizer implements Depacketizer {
  readonly #assembler = new UnitAssembler(() => this.#inspect())
  readonly #markers = new MarkerWatch()
  readonly #header = new JpegPayloadHeader()
  readonly #extension = new JpegHeaderExtension()
  readonly #quantization = new JpegQuantization()
  readonly #size: JpegSize
  readonly #writer = new ByteWriter(1024)
  #content: Content = SEGMENTS
  /** Of a bare file. */
  #timestamp: Ticks | undefined
  /** What the payload headers of the picture's first packet say. */
  #announced: PictureSize = { width: 0, height: 0 }
  #type = 0
  #typeSpecific = 0
  #restartInterval = 0
  /** By its Q; null where ONVIF's extension must bring them. */
  #tables: QuantizationTables | null = null
  /** The picture has ONVIF's extension: what it leaves out is as in the picture before. */
  #extended = false
  #previous: JpegHeader | null = null
  #configuration: VideoConfiguration | null = null

  constructor(options: JpegDepacketizerOptions) {
    this.#size = new JpegSize(options.size, options.report ?? nobody)
  }

  get statistics(): DepacketizerStatistics {
    return this.#assembler.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const assembler = this.#assembler
    assembler.arrive(lost)
    if (lost > 0) this.#markers.lost()
    this.#extension.read(packet)
    const { bytes, payloadStart: start, payloadEnd: end } = packet
    if (isFileStart(bytes, start, end)) this.#bareFile(packet, timestamp)
    else if (this.#continuesBareFile(timestamp)) assembler.append(bytes, start, end)
    else if (start === end) this.#extensionAlone(packet, timestamp)
    else if (this.#header.read(bytes, start, end)) this.#fragment(packet, timestamp)
    else this.#malformed(timestamp)
    if (packet.marker && assembler.begun && this.#markers.endsUnit(timestamp, true)) assembler.mark()
  }

  pull(): AccessUnit | null {
    return this.#assembler.pull()
  }

  flush(): void {
    this.#assembler.flush()
  }

  #fragment(packet: RtpPacket, timestamp: Ticks): void {
    const { bytes, payloadEnd: end } = packet
    const header = this.#header
    const assembler = this.#assembler
    const continuesSegments = assembler.begun && this.#content.kind === 'segments' && this.#extension.kind !== 'initial'
    const starts = header.fragmentOffset === 0
    if (!starts) this.#noteWrongMarker(timestamp)
    if (assembler.border(timestamp, starts && !continuesSegments)) {
      if (starts || this.#extension.kind === 'initial') this.#begin(packet)
      else assembler.missesStart()
    }
    if (assembler.damaged) return
    if (this.#content.kind === 'segments') {
      if (this.#extension.kind !== 'none') assembler.append(bytes, this.#extension.start, this.#extension.end)
      if (header.dataStart === end) return
      this.#startContent(bytes, header.dataStart, end)
    }
    const fragmentsStart = this.#content.kind === 'scan' ? this.#content.fragmentsStart : 0
    // What a fragment says of its place must be true, or the picture would be shuffled.
    if (!assembler.damaged && header.fragmentOffset !== assembler.length - fragmentsStart) assembler.malformed()
    assembler.append(bytes, header.dataStart, end)
  }

  /** A packet closed by its marker goes on: the marker was on one that is not the last. */
  #noteWrongMarker(timestamp: Ticks): void {
    if (!this.#assembler.begun) this.#markers.continuesClosedUnit(timestamp)
  }

  /** Takes over what only the first packet of a picture says. */
  #begin({ bytes }: RtpPacket): void {
    const header = this.#header
    this.#content = SEGMENTS
    this.#announced = { width: header.width, height: header.height }
    this.#type = header.type
    this.#typeSpecific = header.typeSpecific
    this.#restartInterval = header.restartInterval
    this.#extended = this.#extension.kind === 'initial'
    // ONVIF, logical decoding specification: Q 0 means the tables of the picture before.
    this.#tables = header.q === 0 ? (this.#previous?.quantization ?? null) : this.#quantization.tables(header, bytes)
  }

  /** The first entropy-coded data are there: they tell whether they are a whole file, and if not, what stands before. */
  #startContent(bytes: Uint8Array, start: number, end: number): void {
    const assembler = this.#assembler
    if (isFileStart(bytes, start, end)) {
      this.#content = FILE
      assembler.length = 0
      return
    }
    try {
      this.#startScan()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      assembler.malformed()
    }
  }

  /** Puts the header into the place of the segments that were gathered for it. */
  #startScan(): void {
    const assembler = this.#assembler
    const previous = this.#extended ? this.#previous : null
    const segments = new JpegSegments(this.#tables ?? [], previous?.huffman ?? STANDARD_HUFFMAN_TABLES)
    const read = segments.read(assembler.bytes, 0, assembler.length)
    // A scan may begin within the extension, behind its header. Padding has no place there, but does no harm either.
    const behind = assembler.bytes.slice(read, assembler.length)
    const rest = behind.every((byte) => byte === 0xff) ? NOTHING : behind
    assembler.length = 0
    const noSize = this.#announced.width === 0 && this.#announced.height === 0
    const frame = segments.frame ?? (noSize ? previous?.frame : undefined)
    const used = frame ?? { ...this.#announced, components: COMPONENTS[this.#type === 0 ? 0 : 1] }
    if (frame) this.#announced = frame
    const header: JpegHeader = {
      quantization: segments.quantization,
      huffman: segments.huffman,
      frame: used,
      scan: segments.scan ?? used.components.map(toScanComponent),
      restartInterval: segments.restartInterval ?? this.#restartInterval,
    }
    if (!hasTables(header)) {
      // Those of a Q that were sent once may be lost.
      if (this.#tables) assembler.malformed()
      else assembler.missesStart()
      return
    }
    this.#writer.clear()
    const sizeAt = writeJpegHeader(this.#writer, header)
    const written = this.#writer.view()
    assembler.append(written, 0, written.length)
    const scanStart = written.length
    assembler.append(rest, 0, rest.length)
    this.#content = { kind: 'scan', header, sizeAt, scanStart, fragmentsStart: scanStart + rest.length }
  }

  /** ONVIF: the payload header may be missing where there is nothing behind it. */
  #extensionAlone(packet: RtpPacket, timestamp: Ticks): void {
    const { kind, start, end } = this.#extension
    const assembler = this.#assembler
    if (assembler.begun && this.#content.kind === 'segments' && kind === 'continued') {
      assembler.border(timestamp)
      assembler.append(packet.bytes, start, end)
    } else if (kind === 'none') assembler.statistics.malformed++
  }

  #bareFile(packet: RtpPacket, timestamp: Ticks): void {
    const assembler = this.#assembler
    // A thumbnail within a file begins so too.
    const continues = this.#continuesBareFile(timestamp) && !endsFile(assembler.bytes, assembler.length)
    if (!continues && assembler.border(timestamp, true)) {
      this.#content = BARE_FILE
      this.#timestamp = timestamp
      this.#typeSpecific = 0
    }
    assembler.append(packet.bytes, packet.payloadStart, packet.payloadEnd)
  }

  #continuesBareFile(timestamp: Ticks): boolean {
    return this.#assembler.begun && this.#content === BARE_FILE && this.#timestamp === timestamp
  }

  #malformed(timestamp: Ticks): void {
    // Behind a loss it may be the rest of a file.
    if (this.#assembler.border(timestamp) && this.#content === BARE_FILE) this.#assembler.missesStart()
    else this.#assembler.malformed()
  }

  /** All fragments of a picture are there. */
  #inspect(): UnitFinding {
    const content = this.#content
    if (content.kind === 'segments') return NO_PICTURE
    const size = content.kind === 'file' ? this.#fileSize() : this.#scanSize(content)
    // A height of 0 waits for DNL (ITU-T T.81 section B.2.5), which browsers do not read.
    if (!size || size.width === 0 || size.height === 0 || !this.#end()) return MALFORMED
    return { kind: 'random-access', configuration: this.#configure(size), start: 0 }
  }

  #fileSize(): PictureSize | null {
    const { bytes, length } = this.#assembler
    try {
      return readPictureSize(bytes.subarray(0, length))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return null
    }
  }

  #scanSize({ header, scanStart, sizeAt }: Scan): PictureSize | null {
    const { bytes, length } = this.#assembler
    // A frame header of ONVIF's extension, or of the picture before, is not doubted.
    const size =
      this.#announced === header.frame
        ? this.#announced
        : this.#size.find(this.#announced, header, bytes, scanStart, length)
    if (!size) return null
    bytes[sizeAt] = size.height >> 8
    bytes[sizeAt + 1] = size.height & 0xff
    bytes[sizeAt + 2] = size.width >> 8
    bytes[sizeAt + 3] = size.width & 0xff
    this.#previous = { ...header, frame: { ...header.frame, width: size.width, height: size.height } }
    return size
  }

  /** Adds the EOI that senders may leave out. False where the bound is reached. */
  #end(): boolean {
    const assembler = this.#assembler
    if (endsFile(assembler.bytes, assembler.length)) return true
    if (!assembler.reserve(2)) return false
    assembler.bytes[assembler.length++] = 0xff
    assembler.bytes[assembler.length++] = JpegMarker.EndOfImage
    return true
  }

  #configure({ width, height }: PictureSize): VideoConfiguration {
    const pixelAspectRatio = isField(this.#typeSpecific) ? 0.5 : 1
    const interlaced = this.#typeSpecific === 1 || this.#typeSpecific === 2
    const known = this.#configuration
    if (known?.width === width && known.height === height && known.pixelAspectRatio === pixelAspectRatio) return known
    this.#configuration = jpegConfiguration(width, height, { pixelAspectRatio, interlaced })
    return this.#configuration
  }
}

const NOTHING = new Uint8Array(0)
const nobody: ReportDeviation = () => undefined

/** RFC 2435 Appendix B: the first component has the tables of luminance, the others those of chrominance. */
const toScanComponent = ({ id }: { readonly id: number }, index: number): JpegScanComponent => {
  const table = index === 0 ? 0 : 1
  return { id, dc: table, ac: table }
}

const hasTables = ({ frame, scan, quantization, huffman }: JpegHeader): boolean =>
  frame.components.every((component) => quantization[component.quantization]) &&
  scan.every(({ dc, ac }) => huffman[dc] && huffman[4 + ac])

/** SOI and the first byte of another marker: no payload header (its fragment offset would be 14 million) nor scan begins so. */
const isFileStart = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= 3 && bytes[start] === 0xff && bytes[start + 1] === JpegMarker.StartOfImage && bytes[start + 2] === 0xff

const endsFile = (bytes: Uint8Array, length: number): boolean =>
  length >= 2 && bytes[length - 2] === 0xff && bytes[length - 1] === JpegMarker.EndOfImage
