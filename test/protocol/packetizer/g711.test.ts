import { describe, expect, it } from 'vitest'
import { SampledSoundDepacketizer } from '../../../protocol/depacketizer/sampled-sound.ts'
import { G711Packetizer } from '../../../protocol/packetizer/g711.ts'
import { G711Decoder } from '../../../protocol/sound/g711.ts'
import { push } from '../depacketizer/packets.ts'
import { bytesOf, samplesOf, signalToNoise, siren } from '../sound/ffmpeg.ts'

describe('the G.711 packetizer', () => {
  it.each(['mu', 'a'] as const)('sends sound that comes out as it went in, as far as the %s-law can', (law) => {
    const sound = siren(8000, 1)
    const depacketizer = new SampledSoundDepacketizer({
      decoder: new G711Decoder(law),
      sampleRate: 8000,
      channels: 1,
      clockRate: 8000,
    })
    const payloads = new G711Packetizer({ law }).packetize(bytesOf(sound))
    expect(payloads).toHaveLength(50)
    const heard: number[] = []
    for (const { payload, marker, later = 0 } of payloads) {
      expect(marker).toBe(false)
      expect(payload).toHaveLength(160)
      // Each packet begins where the one before ended.
      expect(later).toBe(heard.length / 2)
      heard.push(...push(depacketizer, payload, { timestamp: later }).flatMap((unit) => [...unit.data]))
    }
    expect(signalToNoise(sound, samplesOf(Uint8Array.from(heard)))).toBeGreaterThan(35)
  })

  it('sends what is left at the end, and nothing where there is nothing', () => {
    const packetizer = new G711Packetizer({ law: 'a' })
    expect(packetizer.packetize(new Uint8Array(2 * 170)).map(({ payload }) => payload.length)).toEqual([160, 10])
    expect(packetizer.packetize(new Uint8Array(0))).toEqual([])
  })

  it('keeps the channels of one moment together', () => {
    const packetizer = new G711Packetizer({ law: 'mu', sampleRate: 16_000, channels: 2 })
    const payloads = packetizer.packetize(new Uint8Array(2 * 2 * 480))
    expect(payloads.map(({ payload, later }) => [payload.length, later])).toEqual([
      [640, 0],
      [320, 320],
    ])
  })

  it('refuses half a sample', () => {
    const refused = expect.objectContaining({ code: 'payload-syntax' })
    expect(() => new G711Packetizer({ law: 'a' }).packetize(new Uint8Array(3))).toThrow(refused)
    expect(() => new G711Packetizer({ law: 'a', channels: 2 }).packetize(new Uint8Array(6))).toThrow(refused)
  })
})
