import { describe, expect, it, vi } from 'vitest'
import { Burst } from '../../../bridge/hub/burst.ts'
import { describeForViewers } from '../../../bridge/hub/hub-description.ts'
import { HubTrack } from '../../../bridge/hub/hub-track.ts'
import { HubViewer } from '../../../bridge/hub/hub-viewer.ts'

const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n'

const bursts = (kinds: string): Burst[] =>
  [...kinds].map((kind, index) => {
    const burst = new Burst(64, kind === 'K')
    const { bytes, offset } = burst.add(0, 'rtp', 1)
    bytes[offset] = index
    return burst
  })

function viewerOf(beginning: Burst[] = []) {
  const [media] = describeForViewers(new TextEncoder().encode(SDP), 'lobby').tracks
  if (!media) throw new Error('The description has no track')
  const track = new HubTrack(0, media, { packet: () => undefined })
  const sent: number[] = []
  const sink = {
    bufferedAmount: 0,
    send: vi.fn(),
    sendShared: (frames: Uint8Array) => sent.push(frames[4] ?? -1),
    finished: vi.fn(),
    end: vi.fn(),
  }
  const left = vi.fn()
  const viewer = new HubViewer(
    {
      trackOf: () => track,
      isRefused: () => false,
      want: async () => undefined,
      beginning: () => beginning.values(),
      left,
    },
    sink,
    { viewerBytes: 1_000, hopelessMilliseconds: 60_000 },
  )
  viewer.setup('trackID=0', { rtp: 0, rtcp: 1 })
  return { viewer, sink, sent, left }
}

describe('a viewer of the hub', () => {
  it('gets what has been since the keyframe when it starts, then what comes', () => {
    const { viewer, sent } = viewerOf(bursts('KPP'))
    for (const burst of bursts('P')) viewer.burst(burst)
    expect(sent).toEqual([])
    viewer.start()
    viewer.burst(bursts('KPPP')[3] as Burst)
    expect(sent).toEqual([0, 1, 2, 3])
  })

  it('who is slow gets nothing up to a keyframe for which there is room, and it is counted', () => {
    const { viewer, sink, sent } = viewerOf()
    viewer.start()
    const [a, b, c, d, e, f] = bursts('KPPKPK') as [Burst, Burst, Burst, Burst, Burst, Burst]
    viewer.burst(a)
    sink.bufferedAmount = 1_001
    viewer.burst(b)
    sink.bufferedAmount = 0
    viewer.burst(c)
    expect(viewer.skips).toBe(1)
    sink.bufferedAmount = 251
    viewer.burst(d)
    viewer.burst(e)
    sink.bufferedAmount = 250
    viewer.burst(f)
    expect(sent).toEqual([0, 5])
    expect(viewer.skips).toBe(1)
  })

  it('who is slow for too long is told goodbye, and sent away', () => {
    vi.useFakeTimers()
    const { viewer, sink, sent } = viewerOf()
    viewer.start()
    sink.bufferedAmount = 5_000
    for (const burst of bursts('KP')) viewer.burst(burst)
    vi.advanceTimersByTime(60_001)
    for (const burst of bursts('KP')) viewer.burst(burst)
    expect(sent).toHaveLength(1)
    expect(sink.end).toHaveBeenCalledWith(expect.objectContaining({ code: 'connection-lost' }))
    vi.useRealTimers()
  })

  it('is given the time to read what he begins with, and no longer than he reads it', () => {
    const { viewer, sink, sent } = viewerOf(bursts('KP'))
    sink.bufferedAmount = 5_000
    viewer.start()
    const [a, b, c, d] = bursts('PPPP') as [Burst, Burst, Burst, Burst]
    viewer.burst(a)
    sink.bufferedAmount = 2_000
    viewer.burst(b)
    sink.bufferedAmount = 3_000
    viewer.burst(c)
    expect(sent).toHaveLength(5)
    sink.bufferedAmount = 3_001
    viewer.burst(d)
    expect(sent).toHaveLength(5)
    expect(viewer.skips).toBe(1)
  })

  it('is no viewer any more after it has left', () => {
    const { viewer, sent, left } = viewerOf()
    viewer.start()
    viewer.close()
    for (const burst of bursts('K')) viewer.burst(burst)
    expect(sent).toEqual([])
    expect(left).toHaveBeenCalledOnce()
  })
})
