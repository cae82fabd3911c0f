import type { CodecConfiguration } from '../../protocol/codec/configuration.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { RecordingBound } from '../../protocol/fmp4/recording-writer.ts'
import { mimeTypeOf } from '../../protocol/fmp4/sample-entry.ts'
import { decodesAlike } from '../../protocol/fmp4/segmenter.ts'
import type { PlacedUnit } from '../../protocol/track/placed-unit.ts'
import type { TrackOutputOptions } from '../../protocol/track/track-output.ts'
import type { Transcoder } from '../../protocol/track/transcoder.ts'
import { Milliseconds, Ticks } from '../../protocol/units.ts'
import type { Post } from '../playback/stream/messages.ts'
import { type KeptUnit, KeptUnits } from './kept-units.ts'
import { FileOfTracks, type RecordedTrack, TRACK_IDS } from './recorded-file.ts'
import type { RecorderCommand, RecorderMessage, RecordingEnd } from './recorder-messages.ts'

/** The next picture after a place that has no clock, in seconds: 25 a second. */
const USUAL_FRAME = 0.04

type Kind = 'video' | 'audio'
type Recording = Extract<RecorderCommand, { name: 'record' }>

/**
 * Records what a player receives, where its sessions run: every unit that comes, whoever shows it, becomes part of a file
 * as it is. Lives on from one session to the next: a stream that comes back with the same parameters goes on in the file.
 */
export class Recorder {
  readonly #post: Post<RecorderMessage>
  readonly #kept = new KeptUnits()
  readonly #tracks = new Map<Kind, RecordedTrack>()
  readonly #transcoders = new Map<Kind, Transcoder | undefined>()
  /** Whether pictures lead; false for sound alone. */
  #hasVideo = true
  #isLive = true
  /** Another place follows, whose time is not known before its first unit. */
  #isJoining = true
  /** Added to a time of the session to get one of the recorder, in seconds. */
  #offset = 0
  #newest = { start: 0, arrival: 0 }
  #wanted: Recording | undefined
  #file: FileOfTracks | undefined

  constructor(post: Post<RecorderMessage>) {
    this.#post = post
  }

  /** A session follows. */
  begin({ hasVideo, isLive }: { readonly hasVideo: boolean; readonly isLive: boolean }): void {
    if (hasVideo !== this.#hasVideo) {
      if (this.#file) this.#end('parameters-changed')
      this.#kept.clear()
      this.#tracks.clear()
    }
    this.#hasVideo = hasVideo
    this.#isLive = isLive
    this.discontinuity()
  }

  /** What follows is of another place of the stream. */
  discontinuity(): void {
    for (const transcoder of this.#transcoders.values()) transcoder?.flush()
    this.#transcoders.clear()
    this.#isJoining = true
  }

  /** A unit of the session; its data is good during the call only. */
  received(track: TrackOutputOptions, configuration: CodecConfiguration, placed: PlacedUnit): void {
    const { kind, clockRate, createTranscoder } = track
    if (configuration.kind === 'audio' && createTranscoder) {
      if (!this.#transcoders.has(kind) || placed.unit.configuration) {
        this.#transcoders.get(kind)?.flush()
        const give = (joined: PlacedUnit) => {
          const { configuration: made } = this.#transcoders.get(kind) ?? { configuration }
          this.#take(kind, clockRate, made, joined)
        }
        this.#transcoders.set(kind, createTranscoder(configuration, clockRate, give))
      }
      const transcoder = this.#transcoders.get(kind)
      if (transcoder) {
        transcoder.push(placed)
        return
      }
    }
    this.#take(kind, clockRate, configuration, placed)
  }

  command(command: RecorderCommand): void {
    switch (command.name) {
      case 'keep':
        this.#kept.seconds = command.seconds
        break
      case 'record':
        this.#wanted = command
        this.#start()
        break
      case 'stop-recording':
        if (this.#wanted?.id === command.id) this.#end(command.reason)
        break
      case 'forget':
        this.#kept.clear()
        this.#tracks.clear()
        this.#transcoders.clear()
        this.#newest = { start: 0, arrival: 0 }
        break
      case 'save-last':
        this.#save(command.id, command.seconds)
        break
    }
  }

  /** Nothing is told any more. */
  close(): void {
    this.#wanted = undefined
    this.#file = undefined
    this.#kept.clear()
  }

  #take(kind: Kind, timescale: number, configuration: CodecConfiguration, placed: PlacedUnit): void {
    if (!this.#isOfFile(kind, timescale, configuration)) return
    const { unit, time, arrival, wallClock } = placed
    const leads = kind === (this.#hasVideo ? 'video' : 'audio')
    const isEntry = leads && unit.randomAccess
    if (this.#isJoining) {
      if (!isEntry) return
      this.#join(time / timescale, arrival)
    }
    const shifted = Ticks(time + Math.round(this.#offset * timescale))
    const start = shifted / timescale
    if (leads) this.#newest = { start: Math.max(this.#newest.start, start), arrival }
    const kept: KeptUnit = {
      trackId: TRACK_IDS[kind],
      data: unit.data.slice(),
      time: shifted,
      duration: unit.duration,
      randomAccess: unit.randomAccess,
      reorderDepth: configuration.kind === 'video' ? configuration.reorderDepth : 0,
      start,
      isEntry,
      capturedAt: wallClock ?? performance.timeOrigin + arrival,
    }
    this.#kept.push(kept)
    if (this.#file) this.#write([kept])
    else if (this.#wanted) this.#start()
  }

  /** Puts the session behind what is here: live as much later as it came, else at once. */
  #join(start: number, arrival: number): void {
    const { start: newest, arrival: cameAt } = this.#newest
    const gap = this.#isLive ? (arrival - cameAt) / 1000 : 0
    this.#offset = cameAt === 0 ? 0 : newest + Math.max(USUAL_FRAME, gap) - start
    this.#isJoining = false
  }

  /** Notes what a track is. What was recorded with other parameters cannot be in a file with what follows. */
  #isOfFile(kind: Kind, timescale: number, configuration: CodecConfiguration): boolean {
    const before = this.#tracks.get(kind)
    if (before?.configuration === configuration) return before.isRecordable
    const isSame = before && before.timescale === timescale && decodesAlike(before.configuration, configuration)
    const isRecordable = mimeTypeOf(configuration) !== null
    const track = { trackId: TRACK_IDS[kind], timescale, configuration, isRecordable }
    this.#tracks.set(kind, track)
    if (isSame) return isRecordable
    if (before) {
      if (this.#file) this.#end('parameters-changed')
      this.#kept.clear()
    } else if (isRecordable) this.#file?.addTrack(track)
    if (!isRecordable && kind === 'video') this.#refuse(configuration)
    return isRecordable
  }

  #refuse({ codec }: CodecConfiguration): void {
    if (!this.#wanted) return
    this.#fail(this.#wanted.id, notRecordable(codec))
    this.#wanted = undefined
  }

  /** With what is kept, where a file can begin there; else it waits for a keyframe. */
  #start(): void {
    const wanted = this.#wanted
    if (!wanted || this.#file) return
    const video = this.#tracks.get('video')
    if (video && !video.isRecordable) {
      this.#refuse(video.configuration)
      return
    }
    const units = this.#kept.newest(0)
    const [first] = units
    if (!first) return
    this.#file = this.#open(wanted.id, first.capturedAt, wanted)
    this.#post({ type: 'recording-begun', id: wanted.id, begins: Milliseconds(first.capturedAt) })
    this.#write(units)
  }

  #write(units: readonly KeptUnit[]): void {
    const { bound, error } = this.#file?.push(units) ?? {}
    if (error) this.#end('failed', error)
    else if (bound) this.#end(REASONS[bound])
  }

  #end(reason: RecordingEnd, error: ProtocolError | null = null): void {
    const file = this.#file
    const id = this.#wanted?.id
    this.#file = undefined
    this.#wanted = undefined
    if (id === undefined) return
    this.#post({ type: 'recording-ended', id, reason, error: error?.toJSON() ?? null, file: file?.finish() ?? null })
  }

  #save(id: number, seconds: number): void {
    const video = this.#tracks.get('video')
    const units = this.#kept.newest(seconds)
    const [first] = units
    if (video && !video.isRecordable) this.#fail(id, notRecordable(video.configuration.codec))
    else if (!first) this.#fail(id, new ProtocolError('nothing-recorded', 'Nothing of the stream is kept'))
    else {
      const file = this.#open(id, first.capturedAt, {})
      const { error } = file.push(units)
      if (error) this.#fail(id, error)
      else this.#post({ type: 'recording-ended', id, reason: 'stopped', error: null, file: file.finish() })
    }
  }

  #fail(id: number, error: ProtocolError): void {
    this.#post({ type: 'recording-ended', id, reason: 'failed', error: error.toJSON(), file: null })
  }

  #open(id: number, begins: number, bounds: Partial<Pick<Recording, 'maxBytes' | 'maxSeconds'>>): FileOfTracks {
    const tracks = (this.#hasVideo ? (['video', 'audio'] as const) : (['audio'] as const)).flatMap((kind) => {
      const track = this.#tracks.get(kind)
      return track?.isRecordable ? [track] : []
    })
    const { maxBytes, maxSeconds } = bounds
    return new FileOfTracks(tracks, {
      begins: Milliseconds(begins),
      maxBytes,
      maxSeconds,
      write: (data) => this.#post({ type: 'recording-chunk', id, data }, [data.buffer]),
    })
  }
}

const REASONS: Readonly<Record<RecordingBound, RecordingEnd>> = { bytes: 'recording-full', seconds: 'time-over' }

const notRecordable = (codec: string): ProtocolError =>
  new ProtocolError('not-recordable', `MP4 has no way to hold the stream (${codec})`)
