import { describe, expect, it } from 'vitest'
import { OnvifReplay } from '../../../protocol/rtp/onvif-replay.ts'
import { RtpPacket } from '../../../protocol/rtp/packet.ts'

const HEADER = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
const WORDS = [0xe9, 0, 0, 1, 0x80, 0, 0, 0]

function read(...extension: number[]): OnvifReplay | null {
  const packet = new RtpPacket()
  const replay = new OnvifReplay()
  expect(packet.read(Uint8Array.from([...HEADER, ...extension, 0x65]))).toBe(true)
  return replay.read(packet) ? replay : null
}

describe('the ONVIF replay extension', () => {
  it('gives the time of recording, the flags and the CSeq', () => {
    expect(read(0xab, 0xac, 0, 3, ...WORDS, 0xa0, 42, 0, 0)).toMatchObject({
      ntpSeconds: 0xe900_0001,
      ntpFraction: 0x8000_0000,
      cleanPoint: true,
      endOfSection: false,
      discontinuity: true,
      terminal: false,
      cseq: 42,
    })
    expect(read(0xab, 0xac, 0, 3, ...WORDS, 0x50, 0, 0, 0)).toMatchObject({
      cleanPoint: false,
      endOfSection: true,
      discontinuity: false,
      terminal: true,
    })
  })

  it('is read where another extension stands behind it', () => {
    expect(read(0xab, 0xac, 0, 4, ...WORDS, 0x80, 1, 0, 0, 0xff, 0xd8, 0, 0)).toMatchObject({ cleanPoint: true })
  })

  it('is none in another profile, or where it is too short', () => {
    expect(read(0xbe, 0xde, 0, 3, ...WORDS, 0x80, 1, 0, 0)).toBeNull()
    expect(read(0xab, 0xac, 0, 2, ...WORDS)).toBeNull()
  })
})
