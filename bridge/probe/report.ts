import type { DeviationId } from '../../protocol/deviation.ts'
import type { SerializedProtocolError } from '../../protocol/errors.ts'
import type { Direction } from '../../protocol/sdp/media-format.ts'

/**
 * Raised when a field of the report is renamed, removed or given another meaning. New fields don't raise it.
 * `docs/probe.md` documents the fields.
 */
export const REPORT_VERSION = 1

/** What a probe found, as `rtsp-bridge probe --json` prints it. Null where something is not known; never a secret. */
export interface ProbeReport {
  readonly version: typeof REPORT_VERSION
  /** The address without user and password; null where it could not be read. */
  readonly url: string | null
  /** A picture came, or sound where the stream has no picture. */
  readonly playable: boolean
  /** Why it is not playable; null where it is. */
  readonly error: SerializedProtocolError | null
  readonly reachability: Reachability | null
  /** Null where the connection is not encrypted, or nothing was reached. */
  readonly tls: TlsReport | null
  readonly authentication: AuthenticationReport
  readonly server: ServerReport
  /** Every track of the SDP, in its order, also those that cannot be played. */
  readonly tracks: readonly TrackReport[]
  /** Null where nothing was played. */
  readonly playback: PlaybackReport | null
  /** What the camera did against its standards, and was tolerated. */
  readonly deviations: readonly DeviationReport[]
  /** What to do, the most important first. */
  readonly advice: readonly Advice[]
}

export interface Reachability {
  readonly host: string
  readonly port: number
  /** What the name stands for, in the order in which they are tried. */
  readonly addresses: readonly string[]
  /** The one that answered. */
  readonly address: string | null
  readonly resolveMilliseconds: number | null
  /** TCP, and TLS where it is encrypted. */
  readonly connectMilliseconds: number | null
}

export interface TlsReport {
  /** `TLSv1.3`. */
  readonly protocol: string | null
  readonly verified: boolean
  /** Why the certificate was not accepted: the name of OpenSSL's verdict, `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly problem: string | null
  readonly certificate: CertificateReport | null
}

export interface CertificateReport {
  readonly subject: string
  readonly issuer: string
  /** Names and addresses that it is good for. */
  readonly names: string
  /** ISO 8601. */
  readonly validFrom: string
  readonly validTo: string
  /** Negative where it has expired. */
  readonly daysLeft: number
  /** SHA-256 of the certificate, for pinning it. */
  readonly fingerprint: string
}

export interface AuthenticationReport {
  /** `Basic`, `Digest MD5`, `Digest SHA-256` …; empty where none was asked for. */
  readonly offered: readonly string[]
  /** The one that was answered. */
  readonly used: string | null
}

export interface ServerReport {
  /** The Server header. */
  readonly software: string | null
  /** `1.0` */
  readonly rtspVersion: string | null
  /** What Public lists; empty where the server does not say. */
  readonly methods: readonly string[]
  /** After so many seconds without a sign of life the server ends the session; 60 where it states none. */
  readonly sessionTimeoutSeconds: number | null
  /** What the server called the stream. */
  readonly streamName: string | null
  /** `a=range` of the SDP. */
  readonly range: string | null
  /** The address that the server sent the probe to; null where it stayed. */
  readonly redirectedTo: string | null
}

export interface TrackReport {
  /** Place in the SDP, from 0. */
  readonly index: number
  /** `video`, `audio`, `application` … */
  readonly media: string
  /** Encoding name of the SDP in upper case; empty where the SDP names none. */
  readonly codec: string
  /** The absolute URL that SETUP uses. */
  readonly control: string
  /** Ticks a second of the RTP timestamp. */
  readonly clockRate: number | null
  /** As stated by the media or the session; `recvonly`, from the player's point of view, where nothing is stated. */
  readonly direction: Direction
  readonly payloadType: number | null
  /** RFC 6381: `avc1.64001F`. */
  readonly codecString: string | null
  /** `High`, `AAC LC` … */
  readonly profile: string | null
  /** `4.1` */
  readonly level: string | null
  /** Picture size in pixels. */
  readonly width: number | null
  readonly height: number | null
  /** Pictures a second as the parameter sets state them; what came is in `measured`. */
  readonly statedFrameRate: number | null
  /** Sound: samples a second and channels. */
  readonly sampleRate: number | null
  readonly channels: number | null
  /** RFC 5646 language tag. */
  readonly language: string | null
  /** This version of the player can play the format. */
  readonly playable: boolean
  /** Why the track was not played; null where it was. */
  readonly reason: string | null
  /** What current browsers can do with the format, whether or not this version of the player makes use of it. */
  readonly browsers: BrowserSupport
  /** Null where the track was not played, or nothing came. */
  readonly measured: TrackMeasurement | null
}

/**
 * How a browser plays a format: by Media Source Extensions, by WebCodecs, as single images, by a decoder in script,
 * or not at all.
 */
export type PlayedBy = 'mse' | 'webcodecs' | 'image' | 'script' | 'none'

export interface BrowserSupport {
  readonly chromium: PlayedBy
  readonly firefox: PlayedBy
  readonly safari: PlayedBy
  readonly remark: string
}

export interface TrackMeasurement {
  /** From the first packet to the last. */
  readonly seconds: number
  readonly packets: number
  /** Of RTP payloads. */
  readonly bytes: number
  /** Bits a second of RTP payloads. */
  readonly bitrate: number | null
  readonly lost: number
  /** Of the packets that should have come, 0 to 100. */
  readonly lostPercent: number
  readonly reordered: number
  readonly duplicates: number
  /** Interarrival jitter of RFC 3550 section 6.4.1. */
  readonly jitterMilliseconds: number
  /** The longest time without a packet. */
  readonly longestPauseMilliseconds: number
  /** How often the timestamps jumped, or the stream began anew. */
  readonly timestampJumps: number
  /** Access units (pictures, or runs of audio frames) that came whole. */
  readonly units: number
  /** Access units that were damaged, or depended on a damaged one. */
  readonly dropped: number
  /** RTP packets and payloads that could not be read. */
  readonly malformed: number
  readonly clock: ClockReport
  /** Video only. */
  readonly pictures: PictureReport | null
}

export interface ClockReport {
  readonly senderReports: number
  /** The camera's wall clock less that of this machine; null where it sent none, or said that it has none. */
  readonly offsetMilliseconds: number | null
  /** How much faster than its own wall clock the camera's media clock runs; null before the second sender report. */
  readonly driftPartsPerMillion: number | null
}

export interface PictureReport {
  readonly keyframes: number
  /** Pictures a second. */
  readonly frameRate: number | null
  /** Seconds from one keyframe to the next on average; null where fewer than two came. */
  readonly keyframeIntervalSeconds: number | null
  readonly keyframeIntervalPictures: number | null
  /** Pictures are sent in another order than they are shown. */
  readonly bFrames: boolean
}

export interface PlaybackReport {
  /** From the answer to PLAY to the first picture, or to the first sound where there is no picture. */
  readonly firstPictureMilliseconds: number | null
  /** How long it was watched after that. */
  readonly seconds: number
  /** Why it ended before it was asked to; null where it did not. */
  readonly interrupted: SerializedProtocolError | null
}

export interface DeviationReport {
  readonly id: DeviationId
  readonly description: string
  readonly count: number
}

export interface Advice {
  /** Stable: an error code, or one of those that `docs/probe.md` lists. */
  readonly id: string
  readonly text: string
}
