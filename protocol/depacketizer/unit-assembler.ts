import type { VideoConfiguration } from '../codec/configuration.ts'
import { LIMITS } from '../limits.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { DepacketizerStatistics } from './depacketizer.ts'

/** What the depacketizer finds in a unit that was gathered without a fault. */
export type UnitFinding =
  /** A decoder can start here, with this configuration. The sample begins at byte `start`. */
  | { readonly kind: 'random-access'; readonly configuration: VideoConfiguration; readonly start: number }
  /** It depends on units before. */
  | { readonly kind: 'dependent'; readonly start: number }
  /** Nothing to decode, as of parameters that have a timestamp of their own. */
  | { readonly kind: 'no-picture' }
  /** Not what the codec's syntax says. */
  | { readonly kind: 'malformed' }

export const DEPENDENT: UnitFinding = { kind: 'dependent', start: 0 }
export const NO_PICTURE: UnitFinding = { kind: 'no-picture' }
export const MALFORMED: UnitFinding = { kind: 'malformed' }

/** One push can finish a unit by its timestamp and one by its marker, while a third is gathered. */
const BUFFERS = 3
const FIRST_BYTES = 64 * 1024

/**
 * Gathers the bytes of one picture after the other in buffers that grow and are used again, and keeps what every video
 * depacketizer promises: units begin at a random access point, after a loss nothing is given out up to the next one, the
 * configuration comes with the first unit and where it changes.
 *
 * For payload formats whose pictures are runs of bytes, as of VP8, VP9, AV1 and MPEG-4 Visual. Use, for each packet: `arrive`,
 * `border`, any number of `append`, and `mark` where it has the marker.
 */
export class UnitAssembler {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  /** What is gathered; `bytes[0 … length)` is valid. Replaced where it grows. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES)
  length = 0
  /** Packets before the unit were lost, so its beginning may be. */
  headUncertain = false
  readonly #inspect: () => UnitFinding
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [this.bytes]
  #buffer = 0
  readonly #ready: AccessUnit[] = []
  #timestamp = Ticks(0)
  /** A packet of it has come. */
  #begun = false
  /** A part is missing, or a bound was reached. */
  #damaged = false
  #lossBeforeNext = true
  #awaitsRandomAccess = true
  #discontinuity = false
  #configuration: VideoConfiguration | null = null
  /** The stream has markers: what ends without one is not whole. */
  #usesMarkers = false

  /** @param inspect what was gathered, where nothing of it is missing; it may still change the bytes. */
  constructor(inspect: () => UnitFinding) {
    this.#inspect = inspect
  }

  /** Of the unit that is being gathered, or was last. */
  get timestamp(): Ticks {
    return this.#timestamp
  }

  get begun(): boolean {
    return this.#begun
  }

  get damaged(): boolean {
    return this.#damaged
  }

  /** @param lost packets missing before the one that arrives. */
  arrive(lost: number): void {
    if (this.#ready.length > 0) {
      // The caller did not pull what it was given; its buffers are needed, and what follows depends on it.
      this.statistics.dropped += this.#ready.length
      this.#ready.length = 0
      this.#configuration = null
      this.awaitRandomAccess()
      this.#discontinuity = true
    }
    if (lost === 0) return
    if (this.#begun) this.#damaged = true
    this.#lossBeforeNext = true
    this.#discontinuity = true
    this.awaitRandomAccess()
  }

  /**
   * Ends the unit that is being gathered where the packet is not part of it, and begins the next.
   * @param startsPicture the packet cannot stand behind bytes of the same picture.
   * @returns whether a unit begins.
   */
  border(timestamp: Ticks, startsPicture = false): boolean {
    if (this.#begun && (timestamp !== this.#timestamp || (startsPicture && this.length > 0))) this.finish()
    if (this.#begun) return false
    this.#timestamp = timestamp
    this.#begun = true
    this.#damaged = false
    this.headUncertain = this.#lossBeforeNext
    this.#lossBeforeNext = false
    this.length = 0
    return true
  }

  /** Of a damaged unit nothing is kept. A unit that reaches the bound is damaged. */
  append(source: Uint8Array, start: number, end: number): void {
    if (this.#damaged) return
    if (!this.reserve(end - start)) {
      this.malformed()
      return
    }
    this.bytes.set(source.subarray(start, end), this.length)
    this.length += end - start
  }

  /** Makes room for so many bytes behind `length`. @returns false where the bound is reached; then nothing changed. */
  reserve(count: number): boolean {
    const needed = this.length + count
    if (needed <= this.bytes.length) return true
    if (needed > LIMITS.accessUnitBytes) return false
    const grown = new Uint8Array(Math.min(Math.max(needed, this.bytes.length * 2), LIMITS.accessUnitBytes))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#buffers[this.#buffer] = grown
    return true
  }

  /** A packet was not what the payload format says: the unit lacks something. */
  malformed(): void {
    this.statistics.malformed++
    this.#damaged = true
  }

  /** The first bytes of the unit are not there. That is the camera's fault only where nothing was lost before. */
  missesStart(): void {
    if (this.#damaged) return
    if (this.headUncertain && this.length === 0) this.#damaged = true
    else this.malformed()
  }

  /** Parameters changed in a way that only a random access point can take up. */
  awaitRandomAccess(): void {
    this.#awaitsRandomAccess = true
  }

  /** The packet had the marker: its unit ends here. */
  mark(): void {
    this.#usesMarkers = true
    this.finish()
  }

  finish(): void {
    if (!this.#begun) return
    this.#begun = false
    const finding = this.#damaged ? MALFORMED : this.length === 0 ? NO_PICTURE : this.#inspect()
    if (finding.kind === 'no-picture') return
    if (finding.kind === 'malformed') {
      if (!this.#damaged) this.statistics.malformed++
      this.awaitRandomAccess()
      this.#drop()
    } else if (this.#awaitsRandomAccess && finding.kind === 'dependent') {
      this.#drop()
    } else {
      this.#give(finding)
    }
  }

  /** The stream ends. A unit without marker is not whole, in a stream that has them. */
  flush(): void {
    if (this.#usesMarkers && this.#begun) this.#damaged = true
    this.finish()
  }

  pull(): AccessUnit | null {
    return this.#ready.shift() ?? null
  }

  #give(finding: Extract<UnitFinding, { start: number }>): void {
    const randomAccess = finding.kind === 'random-access'
    const changed = randomAccess && !sameConfiguration(this.#configuration, finding.configuration)
    if (changed) this.#configuration = finding.configuration
    this.#ready.push({
      data: this.bytes.subarray(finding.start, this.length),
      timestamp: this.#timestamp,
      randomAccess,
      discontinuity: this.#discontinuity,
      configuration: changed ? finding.configuration : undefined,
    })
    this.statistics.units++
    this.#awaitsRandomAccess = false
    this.#discontinuity = false
    this.#buffer = (this.#buffer + 1) % BUFFERS
    this.bytes = this.#buffers[this.#buffer] ??= new Uint8Array(FIRST_BYTES)
    this.length = 0
  }

  #drop(): void {
    this.statistics.dropped++
    this.#discontinuity = true
  }
}

function sameConfiguration(a: VideoConfiguration | null, b: VideoConfiguration): boolean {
  return (
    a !== null &&
    a.codec === b.codec &&
    a.width === b.width &&
    a.height === b.height &&
    a.pixelAspectRatio === b.pixelAspectRatio &&
    a.reorderDepth === b.reorderDepth &&
    a.description.length === b.description.length &&
    a.description.every((byte, index) => byte === b.description[index])
  )
}
