import type { ProbeReport, TrackMeasurement, TrackReport } from '../../../bridge/probe/report.ts'

type Deep<T> = { readonly [Key in keyof T]?: T[Key] }

const MEASURED: TrackMeasurement = {
  seconds: 5,
  packets: 1000,
  bytes: 937_500,
  bitrate: 1_500_000,
  lost: 0,
  lostPercent: 0,
  reordered: 0,
  duplicates: 0,
  jitterMilliseconds: 1.5,
  longestPauseMilliseconds: 42,
  timestampJumps: 0,
  units: 125,
  dropped: 0,
  malformed: 0,
  clock: { senderReports: 2, offsetMilliseconds: 3, driftPartsPerMillion: 0 },
  pictures: null,
}

export const VIDEO: TrackReport = {
  index: 0,
  media: 'video',
  codec: 'H264',
  control: 'rtsp://192.0.2.10/live/trackID=1',
  clockRate: 90_000,
  direction: 'recvonly',
  payloadType: 96,
  codecString: 'avc1.640029',
  profile: 'High',
  level: '4.1',
  width: 1920,
  height: 1080,
  statedFrameRate: 25,
  sampleRate: null,
  channels: null,
  language: null,
  playable: true,
  reason: null,
  browsers: { chromium: 'mse', firefox: 'mse', safari: 'mse', remark: 'Every browser plays it.' },
  measured: {
    ...MEASURED,
    pictures: {
      keyframes: 5,
      frameRate: 25,
      keyframeIntervalSeconds: 1,
      keyframeIntervalPictures: 25,
      bFrames: false,
    },
  },
}

export const SOUND: TrackReport = {
  ...VIDEO,
  index: 1,
  media: 'audio',
  codec: 'MPEG4-GENERIC',
  control: 'rtsp://192.0.2.10/live/trackID=2',
  clockRate: 16_000,
  payloadType: 97,
  codecString: 'mp4a.40.2',
  profile: 'AAC LC',
  level: null,
  width: null,
  height: null,
  statedFrameRate: null,
  sampleRate: 16_000,
  channels: 1,
  measured: MEASURED,
}

/** What a good camera gives; `measured` is for its video. */
export function reportOf(
  changes: Deep<ProbeReport> = {},
  measured: Deep<TrackMeasurement> = {},
  tracks: readonly TrackReport[] = [VIDEO, SOUND],
): ProbeReport {
  return {
    version: 1,
    url: 'rtsp://192.0.2.10/live',
    playable: true,
    error: null,
    reachability: {
      host: '192.0.2.10',
      port: 554,
      addresses: ['192.0.2.10'],
      address: '192.0.2.10',
      resolveMilliseconds: null,
      connectMilliseconds: 4,
    },
    tls: null,
    authentication: { offered: ['Digest MD5'], used: 'Digest MD5' },
    server: {
      software: 'Acme/1.0',
      rtspVersion: '1.0',
      methods: ['OPTIONS', 'PLAY'],
      sessionTimeoutSeconds: 60,
      streamName: 'Front door',
      range: 'npt=now-',
      redirectedTo: null,
    },
    tracks: tracks.map((track) =>
      track.media === 'video' && track.measured ? { ...track, measured: { ...track.measured, ...measured } } : track,
    ),
    playback: { firstPictureMilliseconds: 320, seconds: 5, interrupted: null },
    deviations: [],
    advice: [],
    ...changes,
  }
}
