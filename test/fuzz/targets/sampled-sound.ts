import type { AudioConfiguration } from '../../../protocol/codec/configuration.ts'
import { SampledSoundDepacketizer } from '../../../protocol/depacketizer/sampled-sound.ts'
import { G711Packetizer } from '../../../protocol/packetizer/g711.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'
import { Dvi4Decoder } from '../../../protocol/sound/dvi4.ts'
import { FlacEncoder } from '../../../protocol/sound/flac-encoder.ts'
import { encodeALaw, encodeMuLaw, G711Decoder } from '../../../protocol/sound/g711.ts'
import { G722Decoder } from '../../../protocol/sound/g722.ts'
import { G726Decoder } from '../../../protocol/sound/g726.ts'
import { L8Decoder, L16Decoder, L24Decoder } from '../../../protocol/sound/linear-pcm.ts'
import { bytesPerSample, type SoundDecoder } from '../../../protocol/sound/sound-decoder.ts'
import { FlacTranscoder } from '../../../protocol/track/flac-transcoder.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'
import { decodeFlacFrame } from '../../protocol/sound/flac-decoder.ts'
import { pack, unpack } from '../packets.ts'
import { accepted, concat, type FuzzTarget, fromHex, holds, same } from '../target.ts'
import { rtp } from './rtp-material.ts'

const DECODERS: readonly ((channels: number) => SoundDecoder)[] = [
  () => new G711Decoder('mu'),
  () => new G711Decoder('a'),
  () => new G722Decoder(),
  () => new G726Decoder(2, 'rfc3551'),
  () => new G726Decoder(3, 'aal2'),
  () => new G726Decoder(4, 'rfc3551'),
  () => new G726Decoder(5, 'rfc3551'),
  () => new G726Decoder(5, 'aal2'),
  () => new Dvi4Decoder(),
  () => new L8Decoder(),
  (channels) => new L16Decoder(8000, channels, () => undefined),
  () => new L24Decoder(),
]

/** Something of every loudness, for seeds. */
const SOUND = Uint8Array.from({ length: 320 }, (_, i) => 128 + 100 * Math.sin(i / 7) * Math.sin(i / 90))
const packet = (payload: Uint8Array, index: number) =>
  rtp(payload, { payloadType: 0, sequenceNumber: 65_534 + index, timestamp: index * 160 })

/** Whatever comes, its samples go on from where they should, as FLAC that is exactly these samples. */
export const sampledSoundDepacketizer: FuzzTarget = {
  name: 'depacketizer-sampled-sound',
  shapes: ['packets', 'packets', 'bytes'],
  maximumBytes: 3 * 1024,
  seeds: [
    pack([0, 1, 2].map((index) => packet(SOUND.subarray(0, 160), index))),
    pack([0, 1, 5, 6].map((index) => packet(SOUND.subarray(index, index + 8), index))),
    pack([packet(SOUND, 0), packet(new Uint8Array(0), 1), packet(new Uint8Array(3), 2), packet(SOUND, 3)]),
    pack([packet(fromHex('8000 7fff 0000 ffff 00ff ff00'), 0), packet(new Uint8Array(300), 1)]),
  ],
  dictionary: ['8000', '7fff', '7fffff', '00000000', 'ffffffff', '55d5', '7f', 'ff58'].map(fromHex),
  check(input, random) {
    const make = random.pick(DECODERS)
    const channels = random.chance(0.3) ? 1 + random.below(8) : 1
    const decoder = make(channels)
    const width = bytesPerSample(decoder.codec)
    const sampleRate = random.pick([8000, 16_000, 44_100])
    const clockRate = random.pick([8000, sampleRate])
    const depacketizer = new SampledSoundDepacketizer({ decoder, sampleRate, channels, clockRate })
    let configuration: AudioConfiguration | undefined
    let transcoder: FlacTranscoder | undefined
    let end = -1
    const check = new RtpPacket()
    for (const bytes of unpack(input)) {
      if (!check.read(bytes)) continue
      depacketizer.push(check, Ticks(check.timestamp), random.chance(0.1) ? 1 : 0)
      const unit = depacketizer.pull()
      holds(depacketizer.pull() === null, 'a packet is one unit at most')
      if (!unit) continue
      const { data, duration = Ticks(0) } = unit
      holds(data.length > 0 && data.length % (channels * width) === 0, 'samples are whole')
      holds(duration >= 1, 'sound has a duration')
      if (unit.configuration?.kind === 'audio') configuration = unit.configuration
      holds(configuration !== undefined, 'the first unit brings the configuration')
      transcoder ??= new FlacTranscoder(configuration, clockRate, (frame) => {
        holds(frame.time >= end - 1, 'time does not go back')
        end = frame.time + (frame.unit.duration ?? 0)
        // Which takes much longer than to encode it.
        if (random.chance(0.05))
          same(decodeFlacFrame(frame.unit.data).samples.length, channels, 'each channel is there')
      })
      // As on a timeline, whose steps are bounded.
      const time = Ticks(Math.max(0, Math.min(unit.timestamp, end + clockRate * (random.chance(0.02) ? 8 : 0.05))))
      transcoder.push({ unit, time, arrival: Milliseconds(0), wallClock: undefined })
    }
    transcoder?.flush()
    const { units, malformed } = depacketizer.statistics
    for (const figure of [units, malformed]) holds(Number.isSafeInteger(figure) && figure >= 0, 'a count')
  },
}

/** Any samples, of any number of channels, come out of FLAC as they went in. */
export const flacEncoder: FuzzTarget = {
  name: 'flac-encoder',
  shapes: ['bytes'],
  maximumBytes: 8 * 1024,
  seeds: [
    SOUND,
    new Uint8Array(640),
    fromHex('ff7f0080'.repeat(40)),
    fromHex('0001'.repeat(100)),
    concat(SOUND, SOUND),
  ],
  dictionary: ['ff7f', '0080', '0000', 'ffff7f', '000080', '0100'].map(fromHex),
  check(input, random) {
    const codec = random.pick(['pcm-s16', 'pcm-s24'] as const)
    const channels = 1 + random.below(8)
    const width = bytesPerSample(codec)
    const length = Math.floor(input.length / (channels * width))
    if (length === 0) return
    const sampleRate = 1 + random.below(655_350)
    const configuration = { kind: 'audio', codec, description: new Uint8Array(0), sampleRate, channels } as const
    const number = random.below(2 ** 31) * random.below(32)
    const encoder = new FlacEncoder(configuration, number)
    const frame = decodeFlacFrame(encoder.encode(input, 0, length * channels * width))
    same(frame.number, number, 'the number of the first sample')
    for (const [channel, samples] of frame.samples.entries()) {
      same(samples, readSamples(input, width, channel, channels, length), `channel ${channel}`)
    }
  },
}

function readSamples(bytes: Uint8Array, width: number, channel: number, channels: number, length: number): number[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length }, (_, i) => view.readIntLE((i * channels + channel) * width, width))
}

export const g711Packetizer: FuzzTarget = {
  name: 'packetizer-g711',
  shapes: ['bytes'],
  maximumBytes: 8 * 1024,
  seeds: [SOUND, new Uint8Array(640), fromHex('ff7f0080')],
  dictionary: ['ff7f', '0080', '0000', 'ffff'].map(fromHex),
  check(input, random) {
    const law = random.pick(['mu', 'a'] as const)
    const channels = 1 + random.below(3)
    const payloads = accepted(() => new G711Packetizer({ law, channels }).packetize(input))
    holds((payloads === undefined) === (input.length % (2 * channels) !== 0), 'only half samples are refused')
    const encode = law === 'mu' ? encodeMuLaw : encodeALaw
    const codes = readSamples(input, 2, 0, 1, input.length >> 1).map(encode)
    if (payloads) same([...concat(...payloads.map(({ payload }) => payload))], codes, 'each sample is coded once')
    let later = 0
    for (const payload of payloads ?? []) {
      same(payload.later, later, 'packets follow each other')
      later += payload.payload.length / channels
    }
  },
}
