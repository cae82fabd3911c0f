import { decodeBase64, decodeHex } from '../bytes/base64.ts'
import { aacConfiguration, createAudioSpecificConfig } from '../codec/aac.ts'
import type { Depacketizer } from '../depacketizer/depacketizer.ts'
import { H264Depacketizer } from '../depacketizer/h264.ts'
import { Mpeg4GenericDepacketizer } from '../depacketizer/mpeg4-generic.ts'
import { ProtocolError } from '../errors.ts'
import { direction, type MediaFormat, mediaFormats } from '../sdp/media-format.ts'
import { attribute, type MediaDescription, type SessionDescription } from '../sdp/session-description.ts'

/** A media description that will be played, and in which of its formats. */
export interface ChosenTrack {
  /** Index of the media description in the SDP. */
  readonly index: number
  readonly kind: 'video' | 'audio'
  /** The `a=control` attribute. */
  readonly control: string | undefined
  readonly format: MediaFormat
  readonly createDepacketizer: () => Depacketizer
}

/** A media description that is not played, and why. */
export interface SkippedTrack {
  /** `video`, `audio`, `application` … */
  readonly media: string
  /** Encoding name in upper case, or empty where the SDP names none. */
  readonly encoding: string
  readonly reason: string
}

export interface TrackChoice {
  readonly chosen: readonly ChosenTrack[]
  readonly skipped: readonly SkippedTrack[]
}

/**
 * Chooses what to play: the first video and the first audio that have a payload format known here and that the server
 * sends. Only these are set up. The video comes first in the result, whatever its place in the SDP.
 */
export function chooseTracks(description: SessionDescription, options: { readonly audio: boolean }): TrackChoice {
  const chosen: ChosenTrack[] = []
  const skipped: SkippedTrack[] = []
  for (const [index, media] of description.media.entries()) {
    const formats = mediaFormats(media)
    const outcome = chooseFormat(media, formats, options)
    if (typeof outcome === 'string') {
      skipped.push({ media: media.media, encoding: formats[0]?.encoding ?? '', reason: outcome })
    } else if (chosen.some((track) => track.kind === outcome.kind)) {
      skipped.push({
        media: media.media,
        encoding: outcome.format.encoding,
        reason: `another ${outcome.kind} track is played`,
      })
    } else {
      chosen.push({ index, control: attribute(media.attributes, 'control'), ...outcome })
    }
  }
  chosen.sort((a, b) => Number(a.kind === 'audio') - Number(b.kind === 'audio'))
  return { chosen, skipped }
}

type Outcome = Pick<ChosenTrack, 'kind' | 'format' | 'createDepacketizer'>

/** The format that is played, or the reason why none is. */
function chooseFormat(
  media: MediaDescription,
  formats: readonly MediaFormat[],
  options: { readonly audio: boolean },
): Outcome | string {
  const kind = media.media
  if (kind !== 'video' && kind !== 'audio') return 'neither picture nor sound'
  // ONVIF Streaming Specification section 5.3: sendonly marks the way back, from the player to the camera's speaker.
  const way = direction(media)
  if (way === 'sendonly' || way === 'inactive') return `the track is ${way}`
  if (kind === 'audio' && !options.audio) return 'sound is not wanted'
  for (const format of formats) {
    const createDepacketizer = depacketizerFor(format)
    if (createDepacketizer) return { kind, format, createDepacketizer }
  }
  return formats.length === 0 ? 'the SDP names no format' : 'the payload format is not supported'
}

/** By encoding name; null where the payload format, or its mode, is not known here. */
function depacketizerFor(format: MediaFormat): (() => Depacketizer) | null {
  const { parameters } = format
  switch (format.encoding) {
    case 'H264': {
      // Mode 2 sends NAL units out of order (RFC 6184 section 6.4); what a camera that states nothing means is mode 0.
      if (parameters.get('packetization-mode') === '2') return null
      const parameterSets = (parameters.get('sprop-parameter-sets') ?? '')
        .split(',')
        .flatMap((set) => decodeBase64(set) ?? [])
        .filter((set) => set.length > 0)
      return () => new H264Depacketizer({ parameterSets })
    }
    case 'MPEG4-GENERIC': {
      const mode = parameters.get('mode')?.toLowerCase()
      if (mode !== undefined && mode !== 'aac-hbr' && mode !== 'aac-lbr') return null
      const defaults = mode === 'aac-lbr' ? LOW_BITRATE : HIGH_BITRATE
      const config = audioSpecificConfig(format)
      return () =>
        new Mpeg4GenericDepacketizer({
          config,
          sizeLength: numberOr(parameters.get('sizelength'), defaults.sizeLength),
          indexLength: numberOr(parameters.get('indexlength'), defaults.indexLength),
          indexDeltaLength: numberOr(parameters.get('indexdeltalength'), defaults.indexDeltaLength),
          clockRate: format.clockRate,
        })
    }
    default:
      return null
  }
}

/** The stated configuration; where it is missing or cannot be read, what rate and channels of the rtpmap imply. */
function audioSpecificConfig(format: MediaFormat): Uint8Array {
  const stated = decodeHex(format.parameters.get('config') ?? '')
  try {
    if (stated) return aacConfiguration(stated) && stated
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
  return createAudioSpecificConfig(format.clockRate, format.channels)
}

/** RFC 3640 section 3.3.6. */
const HIGH_BITRATE = { sizeLength: 13, indexLength: 3, indexDeltaLength: 3 }
/** RFC 3640 section 3.3.5. */
const LOW_BITRATE = { sizeLength: 6, indexLength: 2, indexDeltaLength: 2 }

const numberOr = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : fallback
