import {
  endsWithSuperframeIndex,
  isVp9Frame,
  isVp9Keyframe,
  MAXIMUM_SUPERFRAME_FRAMES,
  parseVp9Keyframe,
  superframeIndex,
  vp9Configuration,
} from '../codec/vp9.ts'
import { ProtocolError } from '../errors.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { DEPENDENT, MALFORMED, UnitAssembler, type UnitFinding } from './unit-assembler.ts'
import { type LayerSize, Vp9PayloadDescriptor } from './vp9-payload-descriptor.ts'

/**
 * VP9 by RFC 9628, flexible and non-flexible mode. Units begin at a keyframe, told by the bitstream.
 *
 * - A unit is a picture: the frames of all its spatial layers that came, together. Where they are several, they are made one
 *   superframe with an index (Annex B of the VP9 specification), as MP4 wants; a decoder shows the highest. There is no
 *   falling back to a lower layer: where a part of any is missing, the whole picture is dropped.
 * - The size is that of the highest layer which came, by the scalability structure, else that of the keyframe. Sizes that
 *   change without a keyframe are the decoder's affair.
 * - After a loss, in whichever layer, nothing is given out up to the next keyframe.
 */
export class Vp9Depacketizer implements Depacketizer {
  readonly #assembler = new UnitAssembler(() => this.#inspect())
  readonly statistics: DepacketizerStatistics = this.#assembler.statistics
  readonly #descriptor = new Vp9PayloadDescriptor()
  /** Where the layer frames of the picture begin; at most `MAXIMUM_SUPERFRAME_FRAMES`. */
  readonly #frameStarts: number[] = []
  /** A layer frame is begun and not ended. */
  #frameOpen = false
  /** SID of the layer frame that came last. */
  #spatialLayer = 0

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const assembler = this.#assembler
    const descriptor = this.#descriptor
    assembler.arrive(lost)
    if (assembler.border(timestamp)) {
      this.#frameStarts.length = 0
      this.#frameOpen = false
    }
    if (descriptor.read(packet.bytes, packet.payloadStart, packet.payloadEnd)) this.#layerFrame(packet)
    else assembler.malformed()
    if (packet.marker) assembler.mark()
  }

  pull(): AccessUnit | null {
    return this.#assembler.pull()
  }

  flush(): void {
    this.#assembler.flush()
  }

  #layerFrame(packet: RtpPacket): void {
    const assembler = this.#assembler
    const { startsFrame, endsFrame, spatialLayer, interLayerPredicted, payloadStart } = this.#descriptor
    if (startsFrame) {
      // Of the picture that a loss may have cut, the layer below may be gone.
      if (assembler.length === 0 && interLayerPredicted) assembler.missesStart()
      // A frame without E in its last packet: the camera forgot the bit.
      if (this.#frameOpen && !assembler.damaged) this.statistics.malformed++
      if (this.#frameStarts.length === MAXIMUM_SUPERFRAME_FRAMES) assembler.malformed()
      else this.#frameStarts.push(assembler.length)
      this.#spatialLayer = spatialLayer
    } else if (!this.#frameOpen) {
      assembler.missesStart()
    }
    this.#frameOpen = !endsFrame
    if (payloadStart < packet.payloadEnd) assembler.append(packet.bytes, payloadStart, packet.payloadEnd)
    else assembler.malformed()
  }

  #inspect(): UnitFinding {
    const assembler = this.#assembler
    const picture = assembler.bytes.subarray(0, assembler.length)
    if (!isVp9Frame(picture)) return MALFORMED
    if (!this.#makeSuperframe()) return MALFORMED
    if (!isVp9Keyframe(picture)) return DEPENDENT
    try {
      const keyframe = parseVp9Keyframe(picture)
      return { kind: 'random-access', configuration: vp9Configuration(keyframe, this.#higherLayer()), start: 0 }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return MALFORMED
    }
  }

  /** What the scalability structure says of the layer that came last; undefined where the keyframe itself is that layer. */
  #higherLayer(): LayerSize | undefined {
    const size = this.#spatialLayer > 0 ? this.#descriptor.layerSizes[this.#spatialLayer] : undefined
    return size && size.width > 0 && size.height > 0 ? size : undefined
  }

  /** @returns false where there is no room for the index. */
  #makeSuperframe(): boolean {
    const assembler = this.#assembler
    const starts = this.#frameStarts
    const { bytes, length } = assembler
    // An index that came with the frames, as of an encoder that hands out whole superframes, is left as it is.
    if (starts.length < 2 || endsWithSuperframeIndex(bytes, starts.at(-1) ?? 0, length)) return true
    const index = superframeIndex(starts.map((start, frame) => (starts[frame + 1] ?? length) - start))
    if (!assembler.reserve(index.length)) return false
    assembler.append(index, 0, index.length)
    return true
  }
}
