import type { Packetizer } from '../../protocol/packetizer/packetizer.ts'
import type { Mp4Sample } from './mp4-reader.ts'

/** What the camera shows again and again. */
export interface Clip {
  /** Seconds of one turn: the length of its video. */
  readonly period: number
  readonly tracks: readonly ClipTrack[]
}

export interface ClipTrack {
  readonly kind: 'video' | 'audio'
  /** `a=control`, unique in the clip. */
  readonly control: string
  readonly payloadType: number
  readonly clockRate: number
  /** What the session description says of the track: `a=` lines without the line ends. */
  readonly attributes: readonly string[]
  readonly packetizer: Packetizer
  readonly frames: readonly ClipFrame[]
  /** Ticks of the clock that every frame lasts; 0 where they differ, and for video. */
  readonly frameTicks: number
}

/** One access unit. Times count from the beginning of the turn, on the track's RTP clock. */
export interface ClipFrame {
  readonly data: Uint8Array
  /** When to send it: its decoding time. */
  readonly sendTime: number
  /** What the RTP timestamp says: its presentation time. */
  readonly rtpTime: number
  readonly randomAccess: boolean
}

/** When a sample is sent and shown, by another clock. */
export const timed = (sample: Mp4Sample, scale: number): Omit<ClipFrame, 'data'> => ({
  sendTime: Math.round(sample.decodeTime * scale),
  rtpTime: Math.round(sample.time * scale),
  randomAccess: sample.sync,
})
