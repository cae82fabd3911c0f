import { assert, describe, expect, it } from 'vitest'
import { allPayloadFormats } from '../../../../protocol/track/formats/payload-formats.ts'
import { payloadFormatsOnDemand } from '../../../../protocol/track/formats/payload-formats-on-demand.ts'

const NAMES = [
  ...['AV1', 'AV1X', 'H264', 'H265', 'JPEG', 'MP4V-ES', 'VP8', 'VP8-DRAFT-IETF-01', 'VP9', 'VP9-DRAFT-IETF-01'],
  ...['MP4A-LATM', 'MPA', 'MPA-ROBUST', 'MPEG4-GENERIC', 'OPUS', 'PCMU', 'PCMA', 'G722', 'DVI4', 'L8', 'L16', 'L24'],
  ...['G726-16', 'G726-24', 'G726-32', 'G726-40'],
  ...['AAL2-G726-16', 'AAL2-G726-24', 'AAL2-G726-32', 'AAL2-G726-40'],
]
const UNKNOWN = ['', 'G729', 'G726-48', 'H264-SVC', 'toString', '__proto__', 'PCMUX', 'XPCMU', 'PCMU\n']

const stated = (encoding: string, parameters: Record<string, string> = {}) => ({
  payloadType: 96,
  encoding,
  clockRate: 90_000,
  clockRateKnown: true,
  channels: 1,
  parameters: new Map(Object.entries(parameters)),
})

describe('payload formats on demand', () => {
  it.each(NAMES)('are those of the table of all: %s', async (name) => {
    const all = allPayloadFormats(stated(name))
    expect(all).toBeTypeOf('function')
    // H.264 goes by its mode there.
    const expected = name === 'H264' ? expect.any(Function) : all
    const found = payloadFormatsOnDemand(stated(name))
    expect(found && 'load' in found ? await found.load() : found).toEqual(expected)
  })

  it.each(UNKNOWN)('know no more than the table of all: %j', (name) => {
    expect(allPayloadFormats(stated(name))).toBeNull()
    expect(payloadFormatsOnDemand(stated(name))).toBeNull()
  })

  it('have H.264 at once, but for the interleaved mode', async () => {
    expect(payloadFormatsOnDemand(stated('H264', { 'packetization-mode': '1' }))).toBeTypeOf('function')
    const interleaved = payloadFormatsOnDemand(stated('H264', { 'packetization-mode': '2' }))
    assert(interleaved && 'load' in interleaved)
    expect(await interleaved.load()).toBeTypeOf('function')
  })

  it('tell whether the clock rate may turn out to be another than the stated one', () => {
    const keepsClockRate = (encoding: string, clockRate: number, clockRateKnown = true) => {
      const found = payloadFormatsOnDemand({ ...stated(encoding), clockRate, clockRateKnown })
      return found && 'load' in found && found.keepsClockRate
    }
    expect(keepsClockRate('MPEG4-GENERIC', 16_000)).toBe(true)
    expect(keepsClockRate('MPEG4-GENERIC', 90_000, false)).toBe(false)
    expect(keepsClockRate('OPUS', 48_000)).toBe(true)
    expect(keepsClockRate('OPUS', 16_000)).toBe(false)
  })
})
