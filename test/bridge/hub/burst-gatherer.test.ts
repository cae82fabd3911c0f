import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BurstGatherer } from '../../../bridge/hub/burst-gatherer.ts'
import { describeForViewers } from '../../../bridge/hub/hub-description.ts'
import { HubTrack } from '../../../bridge/hub/hub-track.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { Milliseconds } from '../../../protocol/units.ts'

const SDP = [
  'v=0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:video',
  'm=audio 0 RTP/AVP 0',
  'a=control:audio',
  '',
].join('\r\n')
const FRAME_BYTES = 4 + RTP_HEADER_BYTES + 2

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A camera with a picture and sound; `sent` holds the packets of each burst as they were sent. */
function camera() {
  const sent: number[] = []
  const gatherer = new BurstGatherer(
    { cacheBytes: 1_000_000, cacheMilliseconds: 10_000 },
    { burst: (burst) => sent.push(burst.bytes / FRAME_BYTES), hasPicture: () => true },
  )
  const tracks = describeForViewers(new TextEncoder().encode(SDP), 'lobby').tracks.map(
    (media, index) =>
      new HubTrack(index, media, { packet: (track, packet, starts) => gatherer.packet(track, packet, starts) }),
  )
  const sequences = [0, 0]
  const send = (index: number, payloadType: number, timestamp: number, marker: boolean) => {
    const packet = new Uint8Array(RTP_HEADER_BYTES + 2).fill(0x41)
    const sequenceNumber = sequences[index] ?? 0
    sequences[index] = sequenceNumber + 1
    writeRtpHeader(packet, 0, { marker, payloadType, sequenceNumber, timestamp, ssrc: 7 + index })
    tracks[index]?.rtp(packet, 0, packet.length, Milliseconds(performance.now()))
  }
  let timestamp = 0
  return {
    sent,
    /** The packets of one picture, a millisecond apart or more; the last one is marked or not. */
    picture(packets: number, { marked = true, distance = 1 } = {}) {
      timestamp += 3_600
      for (let index = 1; index <= packets; index++) {
        send(0, 96, timestamp, marked && index === packets)
        if (index < packets) vi.advanceTimersByTime(distance)
      }
    },
    sound: () => send(1, 0, timestamp, false),
  }
}

describe('the packets of a picture', () => {
  it('are sent as one, however they are spread, where the camera marks the end', () => {
    const { picture, sent } = camera()
    picture(2)
    sent.length = 0
    picture(4, { distance: 9 })
    expect(sent).toEqual([4])
    picture(3, { distance: 12 })
    expect(sent).toEqual([4, 3])
  })

  it('wait no longer than the time of a picture', () => {
    const { picture, sent } = camera()
    picture(2)
    sent.length = 0
    picture(5, { distance: 15 })
    expect(sent).toEqual([3, 2])
  })

  it('wait for nothing where no end is marked', () => {
    const { picture, sent } = camera()
    for (let pictures = 0; pictures < 3; pictures++) picture(2, { marked: false })
    sent.length = 0
    picture(1, { marked: false })
    vi.advanceTimersByTime(4)
    expect(sent.slice(1)).toEqual([1])
  })

  it('do not hold up sound', () => {
    const { picture, sound, sent } = camera()
    picture(2)
    picture(2)
    sent.length = 0
    picture(3, { marked: false })
    expect(sent).toEqual([])
    sound()
    vi.advanceTimersByTime(3)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual([4])
  })
})
