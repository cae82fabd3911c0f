import { describe, expect, it } from 'vitest'
import { Milliseconds, Seconds } from '../../../../protocol/index.ts'
import type { ReceivedInitialization, ReceivedMedia } from '../../../../web/playback/stream/messages.ts'
import type { SegmentOutlet } from '../../../../web/playback/stream/outlet.ts'
import { SegmentGate } from '../../../../web/playback/stream/segment-gate.ts'

const initialization = (kind: 'video' | 'audio'): ReceivedInitialization => ({
  trackId: kind === 'video' ? 1 : 2,
  kind,
  mimeType: '',
  data: new Uint8Array(1),
  configuration: {
    ...{ kind: 'audio', codec: 'mp4a.40.2', description: new Uint8Array(0) },
    ...{ sampleRate: 48_000, channels: 1 },
  },
})

const media = (start: number, randomAccess = false, kind: 'video' | 'audio' = 'video'): ReceivedMedia => ({
  trackId: kind === 'video' ? 1 : 2,
  kind,
  data: new Uint8Array(1),
  start: Seconds(start),
  duration: Seconds(1),
  randomAccess,
  arrival: Milliseconds(0),
})

function outlet() {
  const given: string[] = []
  const taker: SegmentOutlet = {
    initialization: ({ kind }) => given.push(kind),
    media: ({ kind, start }) => given.push(`${kind} ${start}`),
    command: () => undefined,
    close: () => undefined,
  }
  return { given, taker }
}

const streaming = () => {
  const gate = new SegmentGate()
  gate.begin(true)
  gate.initialization(initialization('video'))
  gate.initialization(initialization('audio'))
  for (const segment of [media(0, true), media(1), media(2, true), media(2, true, 'audio'), media(3)])
    gate.media(segment)
  return gate
}

describe('the gate of the segments that stay in the worker', () => {
  it('gives an outlet what came before it, from the newest keyframe on, and then what comes', () => {
    const gate = streaming()
    const { given, taker } = outlet()
    gate.lead(taker)
    expect(given).toEqual(['video', 'audio', 'video 2', 'audio 2', 'video 3'])
    gate.media(media(4))
    expect(given.at(-1)).toBe('video 4')
  })

  it('gives the same to another outlet, and nothing more to the one before', () => {
    const gate = streaming()
    const [first, second] = [outlet(), outlet()]
    gate.lead(first.taker)
    gate.media(media(4))
    gate.lead(undefined)
    gate.media(media(5))
    gate.lead(second.taker)
    expect(first.given.at(-1)).toBe('video 4')
    expect(second.given).toEqual(['video', 'audio', 'video 2', 'audio 2', 'video 3', 'video 4', 'video 5'])
  })

  it('repeats nothing to the outlet that it leads to already', () => {
    const gate = streaming()
    const { given, taker } = outlet()
    gate.lead(taker)
    gate.lead(taker)
    expect(given).toHaveLength(5)
  })

  it('keeps nothing of the stream before', () => {
    const gate = streaming()
    gate.begin(true)
    const { given, taker } = outlet()
    gate.lead(taker)
    gate.media(media(9))
    expect(given).toEqual(['video 9'])
  })
})
