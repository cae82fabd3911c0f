import type { ProtocolError } from '../../../protocol/errors.ts'
import type { TrackStatistics } from '../../playback/player/player-statistics.ts'
import type { ControlledPlayer } from '../controlled-player.ts'
import type { Happening } from '../state-history.ts'
import { hostOf, redact } from './redaction.ts'

/** What the page and the browser are; given, so that reports can be made where there is none. */
export interface Surroundings {
  readonly version: string
  readonly pageUrl: string
  readonly userAgent: string
  readonly isSecure: boolean
  readonly isOnline: boolean
  /** Abilities of the browser that streams need, and whether it has them. */
  readonly abilities: Readonly<Record<string, boolean>>
  /** What the page's Content Security Policy has refused: directive and address. */
  readonly violations: readonly string[]
  /** Whether the page reaches the bridge; undefined where nobody tried. */
  readonly bridge: string | undefined
  /** Milliseconds of the wall clock. */
  readonly now: number
}

/** What led to the last error is told up to this depth. */
const DEEPEST_CAUSE = 5

/** Everything that is known of a player, as text for whoever helps, without what is secret or none of their business. */
export function diagnosticReport(
  player: ControlledPlayer,
  happenings: readonly Happening[],
  surroundings: Surroundings,
): string {
  const sections = [
    section('rtsp-player', playerLines(player, surroundings)),
    section('Error', errorLines(player.error)),
    section('Stream', streamLines(player)),
    section(
      'History',
      happenings.map((happening) => historyLine(happening, surroundings.now)),
    ),
    section('Browser', browserLines(surroundings)),
  ]
  return redact(sections.filter(Boolean).join('\n\n'), {
    knownHosts: [hostOf(player.src), hostOf(player.bridge), hostOf(surroundings.pageUrl)],
    secrets: [player.ticket],
  })
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n')

function playerLines(player: ControlledPlayer, { version, now }: Surroundings): string[] {
  const { src, bridge, state, renderer, latency, paused, muted } = player
  return [
    `version     ${version}`,
    `time        ${new Date(now).toISOString()}`,
    `src         ${src || '(none)'}`,
    `bridge      ${bridge || "(the page's own server)"}`,
    `ticket      ${player.getTicket ? 'fetched by getTicket' : player.ticket === '' ? 'none' : 'given'}`,
    `state       ${state}${player.stale ? ', the picture is old' : ''}`,
    `attributes  renderer=${renderer} latency=${latency}${muted ? ' muted' : ''}${paused ? ' paused' : ''}${player.substream ? ' substream' : ''}`,
  ]
}

function errorLines(error: ProtocolError | null): string[] {
  if (!error) return []
  const lines = [`${error.code}: ${error.message}`, `advice: ${error.advice}`]
  const place = Object.entries(error.place ?? {}).map(([name, value]) => `${name} ${value}`)
  if (place.length > 0) lines.push(`place: ${place.join(', ')}`)
  let cause: unknown = error.cause
  for (let depth = 0; cause !== undefined && cause !== null && depth < DEEPEST_CAUSE; depth++) {
    lines.push(`caused by ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return lines
}

function streamLines({ statistics, duration }: ControlledPlayer): string[] {
  if (!statistics) return ['no figures']
  const { video, audio, width, height, frameRate, shownRate, bitrate, packets, packetsLost, lossRate } = statistics
  const time = (value: number | undefined): string => (value === undefined ? 'unknown' : `${Math.round(value)} ms`)
  return [
    `kind        ${kindOf(duration)}`,
    `video       ${track(video)}${width > 0 ? `, ${width}×${height}` : ''}`,
    `audio       ${track(audio)}`,
    `rate        ${frameRate.toFixed(1)} received, ${shownRate.toFixed(1)} shown a second, ${Math.round(bitrate / 1000)} kbit/s`,
    `delay       ${time(statistics.captureDelay)} from the capture, ${time(statistics.delay)} from the arrival`,
    `picture     ${time(statistics.frameAge)} old${statistics.stale ? ', marked' : ''}, ${statistics.picturesShown} shown, ${statistics.picturesDropped} damaged, ${statistics.picturesSkipped} late`,
    `packets     ${packets}, lost ${packetsLost} (now ${(lossRate * 100).toFixed(1)} %), jitter ${time(statistics.jitter)}`,
    `decoding    ${time(statistics.decodeTime)}, restarted ${statistics.decoderRestarts} times`,
    `reconnects  ${statistics.reconnects}`,
  ]
}

/** By what `duration` says, as that of HTMLMediaElement does. @param duration in seconds */
function kindOf(duration: number): string {
  if (Number.isNaN(duration)) return 'not known yet'
  return duration === Number.POSITIVE_INFINITY ? 'live' : `recording of ${duration.toFixed(1)} s`
}

const track = (told: TrackStatistics | undefined): string =>
  told ? `${told.codec} by ${told.renderer} (${told.reason})` : 'none'

function historyLine({ at, name, error }: Happening, now: number): string {
  const ago = `${((now - at) / 1000).toFixed(1)} s ago`
  return `${ago.padStart(12)}  ${name}${error ? ` — ${error.code}: ${error.message}` : ''}`
}

function browserLines(surroundings: Surroundings): string[] {
  const { userAgent, isSecure, isOnline, abilities, violations, bridge } = surroundings
  const lines = [
    userAgent,
    `secure context: ${isSecure ? 'yes' : 'no, so WebCodecs and audio worklets are not to be had'}`,
    `online: ${isOnline ? 'yes' : 'no'}`,
    ...(bridge === undefined ? [] : [`WebSocket from this page to the bridge: ${bridge}`]),
    ...Object.entries(abilities).map(([name, has]) => `${name}: ${has ? 'yes' : 'no'}`),
  ]
  if (violations.length === 0) lines.push('Content Security Policy: refused nothing that is known of')
  for (const violation of violations) lines.push(`Content Security Policy refused: ${violation}`)
  return lines
}
