import type { Advice, ProbeReport, TrackMeasurement, TrackReport } from './report.ts'

type Findings = Omit<ProbeReport, 'advice'>
type Played = TrackReport & { readonly measured: TrackMeasurement }

/** Beyond these something is worth a word. */
const LONG_KEYFRAME_INTERVAL_SECONDS = 4
const LATE_PICTURE_MILLISECONDS = 3_000
const LONG_PAUSE_MILLISECONDS = 1_000
const CLOCK_OFFSET_MILLISECONDS = 2_000
const DRIFT_PARTS_PER_MILLION = 500
const HIGH_JITTER_MILLISECONDS = 100
const DAYS_BEFORE_EXPIRY = 30

/** What to do, the most important first: the order of this list is the order of the advice. */
const RULES: readonly ((findings: Findings) => Advice | null | readonly Advice[])[] = [
  failure,
  certificate,
  interruption,
  unplayedPicture,
  browsers,
  loss,
  keyframes,
  bFrames,
  unplayedSound,
  pauses,
  timestamps,
  clock,
  jitter,
  password,
  deviations,
]

export const adviceOn = (findings: Findings): Advice[] => RULES.flatMap((rule) => rule(findings) ?? [])

function failure({ error, authentication }: Findings): Advice | null {
  if (!error) return null
  if (error.code === 'unauthorized' && authentication.used === null) {
    return {
      id: error.code,
      text: 'Give a user name and a password: --user NAME, and RTSP_PASSWORD in the environment.',
    }
  }
  return { id: error.code, text: error.advice }
}

function certificate({ tls }: Findings): Advice | null {
  if (tls?.problem != null && tls.certificate) {
    return {
      id: 'certificate-untrusted',
      text:
        tls.certificate.daysLeft < 0
          ? 'The certificate of the camera has expired: renew it in the camera.'
          : 'Give the camera a certificate that this machine trusts, or give its authority with --ca FILE.',
    }
  }
  const days = tls?.certificate?.daysLeft
  if (days === undefined || days >= DAYS_BEFORE_EXPIRY) return null
  return { id: 'certificate-expires', text: `The certificate of the camera expires in ${days} days: renew it.` }
}

function interruption({ playback }: Findings): Advice | null {
  const cut = playback?.interrupted
  if (!cut) return null
  return {
    id: 'interrupted',
    text: `It played for ${playback.seconds} s and then broke off: ${cut.message}. ${cut.advice}`,
  }
}

function unplayedPicture({ tracks, error }: Findings): Advice | null {
  // Where nothing can be played the error has said so already.
  if (error || tracks.some((track) => track.media === 'video' && track.playable)) return null
  const track = tracks.find((one) => one.media === 'video' && !isWayBack(one))
  if (!track) return null
  return { id: 'picture-not-played', text: `The picture (${nameOf(track)}) is not played: set the camera to H.264.` }
}

function browsers({ tracks }: Findings): Advice[] {
  return tracks
    .filter(({ playable, browsers: { chromium, firefox, safari } }) => {
      return playable && [chromium, firefox, safari].includes('none')
    })
    .map((track) => ({
      id: 'browser-support',
      text: `Not every browser plays ${nameOf(track)} ${track.profile ?? ''}: ${track.browsers.remark} Choose another profile.`,
    }))
}

function loss({ tracks }: Findings): Advice | null {
  const worst = played(tracks).sort((a, b) => b.measured.lostPercent - a.measured.lostPercent)[0]
  if (!worst || worst.measured.lost === 0) return null
  const { lost, lostPercent } = worst.measured
  return {
    id: 'loss',
    text:
      `${lost} packets (${lostPercent} %) of the ${worst.media} are missing, though TCP loses none: the camera drops them ` +
      'when it cannot send fast enough. Lower its bitrate, watch it with fewer viewers, or look at the network (Wi-Fi?).',
  }
}

function keyframes({ tracks, playback }: Findings): Advice | null {
  const pictures = played(tracks).find((track) => track.measured.pictures)?.measured.pictures
  if (!pictures || !playback) return null
  const interval = pictures.keyframeIntervalSeconds
  const wait = playback.firstPictureMilliseconds ?? 0
  const unseen = interval === null && playback.seconds > LONG_KEYFRAME_INTERVAL_SECONDS
  if ((interval ?? 0) <= LONG_KEYFRAME_INTERVAL_SECONDS && !unseen && wait <= LATE_PICTURE_MILLISECONDS) return null
  const what = unseen
    ? `No second keyframe came within ${playback.seconds} s`
    : interval !== null && interval > LONG_KEYFRAME_INTERVAL_SECONDS
      ? `A keyframe comes only every ${interval} s`
      : `The first picture took ${(wait / 1000).toFixed(1)} s`
  return {
    id: 'keyframe-interval',
    text: `${what}: set the keyframe interval (GOP, I-frame interval) of the camera to 1 or 2 s, so that the picture comes soon, at the start and after a loss.`,
  }
}

function bFrames({ tracks }: Findings): Advice | null {
  if (!played(tracks).some((track) => track.measured.pictures?.bFrames)) return null
  return {
    id: 'b-frames',
    text: 'The stream has B-frames, each of which delays the picture: switch them off, or choose the Baseline profile.',
  }
}

function unplayedSound({ tracks, error }: Findings): Advice | null {
  const sound = tracks.filter((track) => track.media === 'audio' && !isWayBack(track))
  const [track] = sound
  if (error || !track || sound.some((one) => one.playable)) return null
  return { id: 'sound-not-played', text: `The sound (${nameOf(track)}) is not played: set the camera to AAC.` }
}

function pauses({ tracks }: Findings): Advice | null {
  const track = played(tracks).find((one) => one.measured.longestPauseMilliseconds > LONG_PAUSE_MILLISECONDS)
  if (!track) return null
  const seconds = (track.measured.longestPauseMilliseconds / 1000).toFixed(1)
  return {
    id: 'pauses',
    text: `Nothing of the ${track.media} came for ${seconds} s: the picture stands still that long. Look at the network, and at the load of the camera.`,
  }
}

function timestamps({ tracks }: Findings): Advice | null {
  const track = played(tracks).find((one) => one.measured.timestampJumps > 0)
  if (!track) return null
  return {
    id: 'timestamp-jumps',
    text: `The clock of the ${track.media} jumped ${track.measured.timestampJumps} times. The player bridges that; a newer firmware may mend it.`,
  }
}

function clock({ tracks }: Findings): Advice | null {
  const all = played(tracks)
  const track = all.find(({ measured }) => Math.abs(measured.clock.offsetMilliseconds ?? 0) > CLOCK_OFFSET_MILLISECONDS)
  if (track) {
    const offset = (track.measured.clock.offsetMilliseconds ?? 0) / 1000
    return {
      id: 'clock-offset',
      text: `The clock of the camera is ${Math.abs(offset).toFixed(1)} s ${offset > 0 ? 'ahead of' : 'behind'} the clock of this machine: give both a time server (NTP).`,
    }
  }
  if (all.some(({ measured }) => Math.abs(measured.clock.driftPartsPerMillion ?? 0) > DRIFT_PARTS_PER_MILLION)) {
    return {
      id: 'clock-drift',
      text: 'The media clock of the camera runs at another speed than its wall clock: picture and sound drift apart. A newer firmware may mend it.',
    }
  }
  if (all.length < 2 || all.every(({ measured }) => measured.clock.offsetMilliseconds !== null)) return null
  return {
    id: 'clock-missing',
    text: 'Not every track told its time (sender reports) while it was watched: until it does, picture and sound are aligned by when they arrive. Probe longer (--seconds 15) to be sure.',
  }
}

function jitter({ tracks }: Findings): Advice | null {
  const track = played(tracks).find((one) => one.measured.jitterMilliseconds > HIGH_JITTER_MILLISECONDS)
  if (!track) return null
  return {
    id: 'jitter',
    text: `Packets of the ${track.media} come very unevenly (jitter ${Math.round(track.measured.jitterMilliseconds)} ms), which costs delay. Look at the network.`,
  }
}

function password({ authentication, tls }: Findings): Advice | null {
  if (authentication.used !== 'Basic' || tls) return null
  return {
    id: 'password-readable',
    text: 'The password goes over the network in readable form (Basic): switch the camera to Digest, or to rtsps.',
  }
}

function deviations({ deviations: all }: Findings): Advice | null {
  if (all.length === 0) return null
  return {
    id: 'deviations',
    text: `The camera departs from its standards in ${all.length === 1 ? 'one way' : `${all.length} ways`}. The player copes; other programs may not, and a newer firmware may mend it.`,
  }
}

const played = (tracks: readonly TrackReport[]): Played[] =>
  tracks.flatMap((track) => (track.measured ? [{ ...track, measured: track.measured }] : []))

const isWayBack = ({ direction }: TrackReport): boolean => direction === 'sendonly' || direction === 'inactive'

const nameOf = ({ codec }: TrackReport): string => codec || 'of a format that the SDP does not name'
