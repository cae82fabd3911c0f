import type { GstMount } from '../support/gst-server.ts'
import { FRAME_NUMBER, type PaintedNumber, WALL_CLOCK } from '../support/painted-frames.ts'

/** A stream that each engine is asked to play, for its picture or for its sound: a row of the table in docs/codecs.md. */
export interface Case {
  readonly id: string
  /** Encoding name of the SDP, in upper case. */
  readonly encoding: string
  /** As people call it. */
  readonly codec: string
  /** Profile, size, rate: what may matter to a browser. */
  readonly variant: string
  /** How RTP carries it. */
  readonly packetization: string
  /** Who sends it: a mount of GStreamer's server, or one of the simulated camera. */
  readonly stream: { readonly gstreamer: GstMount } | { readonly camera: `/${string}` }
  readonly expected: ExpectedPicture | ExpectedSound
}

/** A number in the pixels that counts up. */
export interface ExpectedPicture {
  readonly kind: 'video'
  readonly number: PaintedNumber
  /** After so many pictures it begins again; the wall clock does not. */
  readonly period?: number
}

/** Tones by channel, in Hz. */
export interface ExpectedSound {
  readonly kind: 'audio'
  readonly tones: readonly number[]
}

const clock: ExpectedPicture = { kind: 'video', number: WALL_CLOCK }
/** The clips of the simulated camera, but for the first, are four seconds long. */
const frameNumber: ExpectedPicture = { kind: 'video', number: FRAME_NUMBER, period: 100 }
const mono: ExpectedSound = { kind: 'audio', tones: [1000] }
const stereo: ExpectedSound = { kind: 'audio', tones: [440, 1000] }

const H264 = 'RFC 6184: single NAL units, STAP-A, FU-A'
const SAMPLES = 'RFC 3551'

export const CASES: readonly Case[] = [
  {
    id: 'h264-baseline',
    encoding: 'H264',
    codec: 'H.264',
    variant: 'Constrained Baseline',
    packetization: H264,
    stream: { gstreamer: '/clock' },
    expected: clock,
  },
  {
    id: 'h264-main',
    encoding: 'H264',
    codec: 'H.264',
    variant: 'Main',
    packetization: H264,
    stream: { gstreamer: '/h264-main' },
    expected: clock,
  },
  {
    id: 'h264-high',
    encoding: 'H264',
    codec: 'H.264',
    variant: 'High',
    packetization: H264,
    stream: { gstreamer: '/h264-high' },
    expected: clock,
  },
  {
    id: 'h264-b',
    encoding: 'H264',
    codec: 'H.264',
    variant: 'Main, two B-frames',
    packetization: H264,
    stream: { gstreamer: '/h264-b' },
    expected: clock,
  },
  {
    id: 'h264-1080',
    encoding: 'H264',
    codec: 'H.264',
    variant: 'Constrained Baseline, 1920×1080',
    packetization: H264,
    stream: { gstreamer: '/h264-1080' },
    expected: clock,
  },
  {
    id: 'h265',
    encoding: 'H265',
    codec: 'H.265',
    variant: 'Main',
    packetization: 'RFC 7798: single NAL units, AP, FU',
    stream: { gstreamer: '/h265' },
    expected: clock,
  },
  {
    id: 'av1',
    encoding: 'AV1',
    codec: 'AV1',
    variant: 'Main',
    packetization: 'AOM RTP 1.0',
    stream: { camera: '/av1' },
    expected: frameNumber,
  },
  {
    id: 'vp9',
    encoding: 'VP9',
    codec: 'VP9',
    variant: 'profile 0',
    packetization: 'RFC 9628',
    stream: { gstreamer: '/vp9' },
    expected: clock,
  },
  {
    id: 'vp8',
    encoding: 'VP8',
    codec: 'VP8',
    variant: '',
    packetization: 'RFC 7741',
    stream: { gstreamer: '/vp8' },
    expected: clock,
  },
  {
    id: 'mjpeg',
    encoding: 'JPEG',
    codec: 'Motion JPEG',
    variant: '4:2:0',
    packetization: 'RFC 2435',
    stream: { gstreamer: '/mjpeg' },
    expected: clock,
  },
  {
    id: 'aac',
    encoding: 'MPEG4-GENERIC',
    codec: 'AAC',
    variant: 'LC, 48 kHz',
    packetization: 'RFC 3640: AAC-hbr',
    stream: { gstreamer: '/clock-aac' },
    expected: mono,
  },
  {
    id: 'aac-latm',
    encoding: 'MP4A-LATM',
    codec: 'AAC',
    variant: 'LC, 48 kHz',
    packetization: 'RFC 6416: LATM',
    stream: { gstreamer: '/h264-latm' },
    expected: mono,
  },
  {
    id: 'opus',
    encoding: 'OPUS',
    codec: 'Opus',
    variant: 'stereo',
    packetization: 'RFC 7587',
    stream: { gstreamer: '/h264-opus' },
    expected: stereo,
  },
  {
    id: 'mp3',
    encoding: 'MPA',
    codec: 'MP3',
    variant: '44.1 kHz, stereo',
    packetization: 'RFC 2250',
    stream: { gstreamer: '/h264-mp3' },
    expected: stereo,
  },
  {
    id: 'pcmu',
    encoding: 'PCMU',
    codec: 'G.711 µ-law',
    variant: '8 kHz',
    packetization: SAMPLES,
    stream: { gstreamer: '/h264-pcmu' },
    expected: mono,
  },
  {
    id: 'pcma',
    encoding: 'PCMA',
    codec: 'G.711 A-law',
    variant: '8 kHz',
    packetization: SAMPLES,
    stream: { gstreamer: '/h264-pcma' },
    expected: mono,
  },
  {
    id: 'g722',
    encoding: 'G722',
    codec: 'G.722',
    variant: '16 kHz',
    packetization: SAMPLES,
    stream: { gstreamer: '/h264-g722' },
    expected: mono,
  },
  {
    id: 'g726',
    encoding: 'G726-32',
    codec: 'G.726',
    variant: '32 kbit/s',
    packetization: SAMPLES,
    stream: { gstreamer: '/h264-g726' },
    expected: mono,
  },
  {
    id: 'l16',
    encoding: 'L16',
    codec: 'L16',
    variant: '16 kHz',
    packetization: SAMPLES,
    stream: { gstreamer: '/h264-l16' },
    expected: mono,
  },
]
