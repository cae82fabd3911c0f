import type { VideoConfiguration } from '../codec/configuration.ts'
import { inspectVisualUnit, mpeg4VisualConfiguration } from '../codec/mpeg4-visual.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { MALFORMED, NO_PICTURE, UnitAssembler, type UnitFinding } from './unit-assembler.ts'

export interface Mp4vEsDepacketizerOptions {
  /** `config` of the fmtp, decoded from hexadecimal; null where it is missing. Headers in band win over it. */
  readonly config: Uint8Array | null
  /** `profile-level-id` of the fmtp, for headers that state none. Default 1, as RFC 6416 section 7.1 says. */
  readonly profileAndLevel?: number | undefined
}

const DEFAULT_PROFILE_AND_LEVEL = 1

/**
 * MPEG-4 Visual by RFC 6416: the packets hold the elementary stream as it is. A unit is a VOP; units begin at an I-VOP with
 * known headers, which are taken out of the stream and given as the configuration.
 */
export class Mp4vEsDepacketizer implements Depacketizer {
  readonly #assembler = new UnitAssembler(() => this.#inspect())
  readonly statistics: DepacketizerStatistics = this.#assembler.statistics
  readonly #profileAndLevel: number
  #config: Uint8Array | null
  #configuration: VideoConfiguration | null = null
  #bVops = false

  constructor(options: Mp4vEsDepacketizerOptions) {
    this.#profileAndLevel = options.profileAndLevel ?? DEFAULT_PROFILE_AND_LEVEL
    this.#config = options.config
    if (!this.#configure()) this.statistics.malformed++
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const assembler = this.#assembler
    const { bytes, payloadStart: start, payloadEnd: end } = packet
    assembler.arrive(lost)
    assembler.border(timestamp)
    // Section 5.1: a packet that does not begin with a start code goes on with the VOP of the one before.
    if (assembler.length === 0 && !isStartCode(bytes, start, end)) assembler.missesStart()
    assembler.append(bytes, start, end)
    if (packet.marker) assembler.mark()
  }

  pull(): AccessUnit | null {
    return this.#assembler.pull()
  }

  flush(): void {
    this.#assembler.flush()
  }

  #inspect(): UnitFinding {
    const assembler = this.#assembler
    const unit = assembler.bytes.subarray(0, assembler.length)
    const { configBytes, picture } = inspectVisualUnit(unit)
    if (configBytes > 0 && !this.#takeConfig(unit.subarray(0, configBytes))) return MALFORMED
    switch (picture) {
      case 'none':
        return NO_PICTURE
      case 'I':
        // Without headers nobody can decode it.
        if (!this.#configuration) return { kind: 'dependent', start: configBytes }
        return { kind: 'random-access', configuration: this.#configuration, start: configBytes }
      case 'B':
        this.#noteBVop()
        return { kind: 'dependent', start: configBytes }
      case 'other':
        return { kind: 'dependent', start: configBytes }
    }
  }

  #takeConfig(config: Uint8Array): boolean {
    const known = this.#config
    if (known && known.length === config.length && known.every((byte, index) => byte === config[index])) return true
    const before = this.#config
    this.#config = config.slice()
    this.#bVops = false
    if (this.#configure()) {
      this.#assembler.awaitRandomAccess()
      return true
    }
    this.#config = before
    return false
  }

  /** The headers left open whether there are B-VOPs; from the next I-VOP on their reordering is reckoned with. */
  #noteBVop(): void {
    if (this.#bVops) return
    this.#bVops = true
    this.#configure()
  }

  /** @returns false where the headers cannot be read; then the configuration stays. */
  #configure(): boolean {
    if (!this.#config) return true
    try {
      const options = { profileAndLevel: this.#profileAndLevel, bVops: this.#bVops }
      this.#configuration = mpeg4VisualConfiguration(this.#config, options)
      return true
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return false
    }
  }
}

const isStartCode = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= 4 && bytes[start] === 0 && bytes[start + 1] === 0 && bytes[start + 2] === 1
