import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { type Continuity, RtpReceiver } from '../../../protocol/rtp/receiver.ts'

interface Sent {
  readonly sequenceNumber: number
  readonly ssrc?: number
  readonly payloadType?: number
  readonly timestamp?: number
}

function receiver(options: { otherPayloadTypes?: readonly number[]; payloadType?: number } = {}) {
  const given: string[] = []
  const short: Record<Continuity, string> = {
    continued: '',
    restarted: ' restarted',
    'new-source': ' new source',
    renamed: ' renamed',
  }
  const rtp = new RtpReceiver(
    { clockRate: 90_000, payloadType: 96, ...options },
    {
      packet: (packet, lost, continuity) =>
        given.push(`${packet.ssrc}:${packet.sequenceNumber}${lost ? ` after ${lost}` : ''}${short[continuity]}`),
    },
  )
  // One buffer for all, as a transport would: what is kept must be copied.
  const bytes = new Uint8Array(RTP_HEADER_BYTES)
  const send = ({ sequenceNumber, ssrc = 1, payloadType = 96, timestamp = sequenceNumber * 3_000 }: Sent, now = 0) => {
    writeRtpHeader(bytes, 0, { marker: true, payloadType, sequenceNumber, timestamp, ssrc })
    rtp.receive(bytes, 0, bytes.length, now)
  }
  const sendAll = (ssrc: number, numbers: number[], now = 0) => {
    for (const sequenceNumber of numbers) send({ ssrc, sequenceNumber }, now)
  }
  return { rtp, given, send, sendAll }
}

describe('an RTP receiver', () => {
  it('gives out the first packet at once, and tells of losses', () => {
    const { given, sendAll } = receiver()
    sendAll(1, [10, 11, 14])
    expect(given).toEqual(['1:10', '1:11', '1:14 after 2'])
  })

  it('loses nothing of a new source: its first packet is kept until the second tells that it goes on', () => {
    const { rtp, given, sendAll } = receiver()
    sendAll(1, [10, 12])
    sendAll(2, [500])
    expect(given).toEqual(['1:10', '1:12 after 1'])
    sendAll(2, [501, 502])
    expect(given.slice(2)).toEqual(['2:500 new source', '2:501', '2:502'])
    expect(rtp.statistics()).toMatchObject({ sourceChanges: 1, lost: 1, strays: 0, twoSources: false, ssrc: 2 })
  })

  it('goes on where the sequence does, whatever the SSRCs are', () => {
    const { rtp, given, send, sendAll } = receiver()
    sendAll(1, [10, 11])
    sendAll(2, [12, 13])
    expect(given.slice(2)).toEqual(['2:12 renamed', '2:13'])
    for (let sequenceNumber = 14; sequenceNumber < 30; sequenceNumber++) send({ ssrc: sequenceNumber, sequenceNumber })
    expect(given.slice(4)).toEqual(['14:14 renamed', ...Array.from({ length: 15 }, (_, at) => `${at + 15}:${at + 15}`)])
    expect(rtp.isNameless).toBe(true)
    expect(rtp.isOtherSource(3)).toBe(false)
    expect(rtp.statistics()).toMatchObject({ lost: 0, strays: 0, twoSources: false })
  })

  it('forgets with the old sequence what was missing in it', () => {
    const { given, send, sendAll } = receiver({ otherPayloadTypes: [97] })
    sendAll(1, [10])
    // What is missing in front of a packet that is not given out would be told with the next one.
    send({ sequenceNumber: 13, payloadType: 97 })
    sendAll(1, [40_000, 40_001])
    expect(given).toEqual(['1:10', '1:40000 restarted', '1:40001'])
  })

  it('is not led away by strays of another SSRC or far out of sequence', () => {
    const { rtp, given, send, sendAll } = receiver()
    sendAll(1, [10])
    send({ ssrc: 9, sequenceNumber: 3 })
    sendAll(1, [11])
    send({ ssrc: 1, sequenceNumber: 30_000 })
    sendAll(1, [12])
    expect(given).toEqual(['1:10', '1:11', '1:12'])
    expect(rtp.statistics()).toMatchObject({ strays: 2, restarts: 0, lost: 0 })
  })

  it('loses nothing of a sequence that begins anew', () => {
    const { rtp, given, sendAll } = receiver()
    sendAll(1, [40_000, 40_001, 7, 8, 9])
    expect(given).toEqual(['1:40000', '1:40001', '1:7 restarted', '1:8', '1:9'])
    expect(rtp.statistics()).toMatchObject({ restarts: 1, lost: 0 })
  })

  it('sticks to the first of two sources that alternate', () => {
    const { rtp, given, sendAll } = receiver()
    for (let index = 0; index < 50; index++) {
      sendAll(1, [index], index * 40)
      sendAll(2, [900 + index], index * 40)
    }
    expect(given).toEqual(Array.from({ length: 50 }, (_, index) => `1:${index}`))
    expect(rtp.statistics()).toMatchObject({ sourceChanges: 0, strays: 50, twoSources: true })
  })

  it('comes back to the first of two sources that send several packets at a time, and stays', () => {
    const { rtp, given, sendAll } = receiver()
    for (let index = 0; index < 50; index++) {
      sendAll(1, [3 * index, 3 * index + 1, 3 * index + 2], index * 40)
      sendAll(2, [9_000 + 2 * index, 9_001 + 2 * index], index * 40 + 20)
    }
    expect(given.slice(-140).every((one) => one.startsWith('1:'))).toBe(true)
    expect(rtp.statistics()).toMatchObject({ sourceChanges: 2, twoSources: true, ssrc: 1 })
  })

  it('goes over to the second source when the first falls silent', () => {
    const { rtp, given, sendAll } = receiver()
    for (let index = 0; index < 10; index++) {
      sendAll(1, [index], index * 40)
      sendAll(2, [900 + index], index * 40)
    }
    for (let index = 10; index < 100; index++) sendAll(2, [900 + index], index * 40)
    expect(rtp.statistics()).toMatchObject({ ssrc: 2, sourceChanges: 1 })
    expect(given.at(-1)).toBe('2:999')
  })

  it('takes any dynamic payload type as long as the stated one never came', () => {
    const { given, send } = receiver({ otherPayloadTypes: [98] })
    send({ sequenceNumber: 1, payloadType: 97 })
    send({ sequenceNumber: 2, payloadType: 98 })
    send({ sequenceNumber: 3, payloadType: 13 })
    send({ sequenceNumber: 4, payloadType: 97 })
    expect(given).toEqual(['1:1', '1:4'])
  })

  it('passes over other payload types in the same sequence without calling them lost', () => {
    const { rtp, given, send } = receiver()
    send({ sequenceNumber: 1 })
    send({ sequenceNumber: 2, payloadType: 97 })
    send({ sequenceNumber: 5, payloadType: 97 })
    send({ sequenceNumber: 6 })
    send({ sequenceNumber: 6_000, ssrc: 5, payloadType: 99 })
    send({ sequenceNumber: 6_001, ssrc: 5, payloadType: 99 })
    send({ sequenceNumber: 7 })
    expect(given).toEqual(['1:1', '1:6 after 2', '1:7'])
    expect(rtp.statistics()).toMatchObject({ otherPayloadType: 2, strays: 2, lost: 2 })
  })

  it('counts what is no RTP', () => {
    const { rtp } = receiver()
    rtp.receive(Uint8Array.of(1, 2, 3), 0, 3, 0)
    expect(rtp.statistics()).toMatchObject({ packets: 0, malformed: 1 })
  })

  it('reports loss by the source that is played, and forgets the reports of the one before', () => {
    const { rtp, sendAll } = receiver()
    expect(rtp.report(0)).toBeNull()
    sendAll(1, [1, 2, 4])
    rtp.senderReport(
      {
        type: 'SR',
        ssrc: 1,
        ntpSeconds: 5,
        ntpFraction: 0,
        rtpTimestamp: 0,
        packetCount: 0,
        octetCount: 0,
        reports: [],
      },
      0,
    )
    expect(rtp.report(1_000)).toMatchObject({ ssrc: 1, fractionLost: 64, lastSenderReport: 5 * 65_536 })
    sendAll(2, [60_000, 60_001])
    expect(rtp.report(1_000)).toMatchObject({ ssrc: 2, fractionLost: 0, lastSenderReport: 0, highestSequence: 60_001 })
  })

  it('gives out, keeps or counts each packet, whatever comes', () => {
    const packets = fc.array(
      fc.tuple(
        fc.constantFrom(1, 1, 1, 2, 3),
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom(96, 96, 97),
        fc.nat(3_000),
      ),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(packets, (all) => {
        const { rtp, given, send } = receiver()
        let now = 0
        for (const [ssrc, sequenceNumber, payloadType, wait] of all) {
          now += wait
          send({ ssrc, sequenceNumber, payloadType, timestamp: now * 90 }, now)
        }
        const { late, duplicates, strays, otherPayloadType, packets } = rtp.statistics()
        expect(packets).toBe(all.length)
        const accounted = given.length + late + duplicates + strays + otherPayloadType
        expect([all.length, all.length - 1]).toContain(accounted)
      }),
    )
  })
})
