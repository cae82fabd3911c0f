import { describe, expect, it } from 'vitest'
import type { CodecConfiguration } from '../../../protocol/codec/configuration.ts'
import { flacTranscoder } from '../../../protocol/track/flac-transcoder.ts'
import type { TrackOutputOptions } from '../../../protocol/track/track-output.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'
import { Recorder } from '../../../web/recording/recorder.ts'
import type { RecorderMessage } from '../../../web/recording/recorder-messages.ts'
import { AUDIO, VIDEO } from '../../support/configurations.ts'

const PICTURES: TrackOutputOptions = { trackId: 7, kind: 'video', encoding: 'H264', clockRate: 90_000 }
const SOUND: TrackOutputOptions = { trackId: 3, kind: 'audio', encoding: 'MPEG4-GENERIC', clockRate: 48_000 }

/** A recorder, with a stream of ten pictures a second whose keyframes come each second. */
class Scene {
  readonly told: RecorderMessage[] = []
  readonly recorder = new Recorder((message) => this.told.push(message))
  video: CodecConfiguration = VIDEO
  audio: CodecConfiguration = AUDIO
  sound = SOUND
  hasSound = true

  constructor(hasVideo = true) {
    this.recorder.begin({ hasVideo, isLive: true })
  }

  /** @param from seconds of the session's timeline. @param arrival of the first, in milliseconds */
  send(from: number, to: number, { arrival = from * 1000, hasVideo = true } = {}): void {
    for (let frame = Math.round(from * 10); frame < Math.round(to * 10); frame++) {
      const at = Milliseconds(arrival + frame * 100 - from * 1000)
      if (hasVideo) this.#push(PICTURES, this.video, frame / 10, at, frame % 10 === 0, undefined)
      if (this.hasSound) this.#push(this.sound, this.audio, frame / 10, at, true, this.sound.clockRate / 10)
    }
  }

  #push(
    track: TrackOutputOptions,
    configuration: CodecConfiguration,
    start: number,
    arrival: Milliseconds,
    randomAccess: boolean,
    duration: number | undefined,
  ): void {
    const unit = {
      data: new Uint8Array(1600).fill(1),
      timestamp: Ticks(0),
      randomAccess,
      discontinuity: false,
      duration: duration === undefined ? undefined : Ticks(duration),
    }
    const time = Ticks(Math.round(start * track.clockRate))
    this.recorder.received(track, configuration, { unit, time, arrival, wallClock: undefined })
  }

  record(bounds: { maxBytes?: number; maxSeconds?: number } = {}): void {
    this.recorder.command({ name: 'record', id: 1, maxBytes: undefined, maxSeconds: undefined, ...bounds })
  }

  stop(): void {
    this.recorder.command({ name: 'stop-recording', id: 1, reason: 'stopped' })
  }

  get types(): string[] {
    return this.told.map(({ type }) => type)
  }

  get ended() {
    return this.told.filter((message) => message.type === 'recording-ended').at(-1)
  }
}

describe('a recorder', () => {
  it('begins with the next keyframe where nothing is kept', () => {
    const scene = new Scene()
    scene.record()
    scene.send(0.5, 1)
    expect(scene.types).toEqual([])
    scene.send(1, 4)
    expect(scene.types[0]).toBe('recording-begun')
    scene.stop()
    expect(scene.ended).toMatchObject({ reason: 'stopped', error: null })
    expect(scene.ended?.file?.duration).toBeCloseTo(3, 3)
    expect(scene.ended?.file?.mimeType).toBe('video/mp4; codecs="avc1.4D401F,mp4a.40.2"')
  })

  it('begins with the keyframe before where some is kept', () => {
    const scene = new Scene()
    scene.recorder.command({ name: 'keep', seconds: 10 })
    scene.send(0, 2.5)
    scene.record()
    expect(scene.types[0]).toBe('recording-begun')
    scene.send(2.5, 3)
    scene.stop()
    expect(scene.ended?.file?.duration).toBeCloseTo(1, 3)
  })

  it('says that nothing was recorded where no keyframe came', () => {
    const scene = new Scene()
    scene.record()
    scene.send(0.1, 0.9)
    scene.stop()
    expect(scene.ended).toMatchObject({ reason: 'stopped', file: null })
  })

  it('takes sound whose parameters come a little later than the first picture', () => {
    const scene = new Scene()
    scene.record()
    scene.hasSound = false
    scene.send(0, 0.5)
    scene.hasSound = true
    scene.send(0.5, 3)
    scene.stop()
    expect(scene.ended?.file?.mimeType).toContain('mp4a.40.2')
  })

  it('goes on when another session brings the same stream, as much later as it came', () => {
    const scene = new Scene()
    scene.record()
    scene.send(0, 3, { arrival: 10_000 })
    scene.recorder.begin({ hasVideo: true, isLive: true })
    // The same parameters, in bytes of their own; what cannot be decoded alone comes first.
    scene.video = { ...VIDEO, description: VIDEO.description.slice() }
    scene.send(100.5, 103, { arrival: 22_500 })
    scene.stop()
    expect(scene.types.filter((type) => type === 'recording-begun')).toHaveLength(1)
    // From 10 s to 25 s by the clock on the wall.
    expect(scene.ended?.file?.duration).toBeCloseTo(15, 1)
  })

  it('lays another place of a recording right behind the one before', () => {
    const scene = new Scene()
    scene.recorder.begin({ hasVideo: true, isLive: false })
    scene.record()
    scene.send(0, 2, { arrival: 1_000 })
    scene.recorder.discontinuity()
    scene.send(50, 52, { arrival: 60_000 })
    scene.stop()
    expect(scene.ended?.file?.duration).toBeCloseTo(4, 0)
  })

  it('ends where the parameters change, and the next file can begin at once', () => {
    const scene = new Scene()
    scene.record()
    scene.send(0, 2)
    scene.video = { ...VIDEO, width: 1280, description: Uint8Array.of(4, 5) }
    scene.send(2, 3)
    expect(scene.ended).toMatchObject({ reason: 'parameters-changed', error: null })
    expect(scene.ended?.file?.duration).toBeCloseTo(2, 3)
    scene.recorder.command({ name: 'record', id: 2, maxBytes: undefined, maxSeconds: undefined })
    scene.send(3, 4)
    scene.recorder.command({ name: 'stop-recording', id: 2, reason: 'stopped' })
    expect(scene.ended).toMatchObject({ id: 2, reason: 'stopped' })
  })

  it('of pictures whose depth of reordering is only learned goes on', () => {
    const scene = new Scene()
    scene.record()
    scene.send(0, 1)
    scene.video = { ...VIDEO, reorderDepth: 2 }
    scene.send(1, 3)
    scene.stop()
    expect(scene.ended?.reason).toBe('stopped')
    expect(scene.ended?.file?.duration).toBeCloseTo(3, 1)
  })

  it('ends by itself when the file is as large, or as long, as it may be', () => {
    const large = new Scene()
    large.record({ maxBytes: 100_000 })
    large.send(0, 60)
    expect(large.ended?.reason).toBe('recording-full')
    expect(large.ended?.file?.bytes).toBeLessThanOrEqual(100_000)
    const long = new Scene()
    long.record({ maxSeconds: 5 })
    long.send(0, 60)
    expect(long.ended?.reason).toBe('time-over')
    expect(long.ended?.file?.duration).toBeCloseTo(5, 3)
    expect(long.types.at(-1)).toBe('recording-ended')
  })

  it('says that MP4 has no way to hold a stream, before and after the first picture came', () => {
    const before = new Scene()
    before.video = { ...VIDEO, codec: 'theora', description: new Uint8Array(0) }
    before.record()
    before.send(0, 1)
    expect(before.ended).toMatchObject({ reason: 'failed', error: { code: 'not-recordable' }, file: null })
    before.record()
    expect(before.told.filter(({ type }) => type === 'recording-ended')).toHaveLength(2)
    before.recorder.command({ name: 'save-last', id: 9, seconds: 3 })
    expect(before.ended).toMatchObject({ id: 9, error: { code: 'not-recordable' } })
  })

  it('leaves sound away that MP4 cannot hold', () => {
    const scene = new Scene()
    scene.audio = { ...AUDIO, codec: 'speex' }
    scene.record()
    scene.send(0, 2)
    scene.stop()
    expect(scene.ended?.file?.mimeType).toBe('video/mp4; codecs="avc1.4D401F"')
  })

  it('holds decoded sound as FLAC', () => {
    const scene = new Scene()
    scene.audio = { kind: 'audio', codec: 'pcm-s16', description: new Uint8Array(0), sampleRate: 8_000, channels: 1 }
    scene.sound = { ...SOUND, clockRate: 8_000, createTranscoder: flacTranscoder }
    scene.record()
    scene.send(0, 3)
    scene.stop()
    expect(scene.ended?.file?.mimeType).toBe('video/mp4; codecs="avc1.4D401F,flac"')
  })

  it('records sound alone', () => {
    const scene = new Scene(false)
    scene.record()
    scene.send(0, 3, { hasVideo: false })
    scene.stop()
    expect(scene.ended?.file?.duration).toBeCloseTo(3, 1)
  })

  it('saves the last seconds while it records, and leaves the recording alone', () => {
    const scene = new Scene()
    scene.recorder.command({ name: 'keep', seconds: 10 })
    scene.record()
    scene.send(0, 8)
    scene.recorder.command({ name: 'save-last', id: 5, seconds: 3.2 })
    expect(scene.ended).toMatchObject({ id: 5, reason: 'stopped' })
    expect(scene.ended?.file?.duration).toBeCloseTo(4, 3)
    scene.send(8, 9)
    scene.stop()
    expect(scene.ended?.file?.duration).toBeCloseTo(9, 3)
  })

  it('keeps what it has when the stream pauses, and forgets it for another stream', () => {
    const scene = new Scene()
    scene.recorder.command({ name: 'keep', seconds: 10 })
    scene.send(0, 3)
    scene.recorder.command({ name: 'save-last', id: 5, seconds: 10 })
    expect(scene.ended?.file?.duration).toBeCloseTo(3, 3)
    scene.recorder.command({ name: 'forget' })
    scene.recorder.command({ name: 'save-last', id: 6, seconds: 10 })
    expect(scene.ended).toMatchObject({ id: 6, error: { code: 'nothing-recorded' } })
  })
})
