import { styleText } from 'node:util'
import { nameOf as nameOfPlayed } from './browser-support.ts'
import type { PictureReport, ProbeReport, TrackMeasurement, TrackReport } from './report.ts'

export interface TextOptions {
  readonly colours: boolean
  /** Columns that text is wrapped at. Default 100. */
  readonly columns?: number | undefined
}

const LABEL_WIDTH = 13
/** Smaller differences are the way of the report, not of the clocks. */
const IN_STEP_MILLISECONDS = 50
const NARROWEST = 60
const WIDEST = 110

/** The report for a person at a terminal, without a line feed at its end. */
export function formatReport(report: ProbeReport, options: TextOptions): string {
  const page = new Page(options)
  page.line(page.bold(report.url ?? 'No address that can be read'))
  verdict(page, report)
  connection(page, report)
  tracks(page, report)
  deviations(page, report)
  advice(page, report)
  return page.text
}

function verdict(page: Page, { playable, error, playback, tracks }: ProbeReport): void {
  if (playable) {
    const picture = tracks.some((track) => track.media === 'video' && track.measured)
    const wait = playback?.firstPictureMilliseconds ?? null
    const after = wait === null ? '' : `; the first ${picture ? 'picture' : 'sound'} came after ${seconds(wait)}`
    const withoutPicture = !picture && tracks.some((track) => track.media === 'video')
    page.line((withoutPicture ? page.yellow('Only the sound plays') : page.green('It plays')) + after)
    return
  }
  page.line(`${page.red('It does not play')}: ${error?.message ?? ''}${error ? page.dim(` (${error.code})`) : ''}`)
}

function connection(page: Page, { reachability, tls, authentication, server }: ProbeReport): void {
  if (!reachability) return
  page.heading('Connection')
  const { host, port, addresses, address, connectMilliseconds } = reachability
  const others = addresses.filter((one) => one !== address && one !== host)
  page.row('address', [
    `${host} port ${port}`,
    address !== null && address !== host ? address : '',
    others.length > 0 ? `also ${others.join(', ')}` : '',
    connectMilliseconds === null ? page.red('not connected') : `connected in ${seconds(connectMilliseconds)}`,
  ])
  if (server.redirectedTo) page.row('moved to', [server.redirectedTo])
  if (tls) {
    const { certificate, problem, protocol } = tls
    page.row('encryption', [
      protocol ?? '',
      tls.verified
        ? page.green('certificate trusted')
        : page.red(`certificate not trusted: ${problem ?? 'no reason told'}`),
    ])
    if (certificate) {
      page.row('certificate', [
        certificate.subject,
        `by ${certificate.subject === certificate.issuer ? 'itself' : certificate.issuer}`,
        `until ${certificate.validTo.slice(0, 10)} (${certificate.daysLeft} days)`,
      ])
    }
  } else if (address !== null) page.row('encryption', ['none'])
  if (server.rtspVersion === null) return
  page.row('login', [
    authentication.used ?? (authentication.offered.length > 0 ? 'none given' : 'none asked for'),
    authentication.offered.join() === (authentication.used ?? '')
      ? ''
      : `offered: ${authentication.offered.join(', ')}`,
  ])
  page.row('server', [server.software ?? 'does not say its name', `RTSP ${server.rtspVersion}`])
  page.row('methods', [server.methods.length > 0 ? [...server.methods].join(' ') : 'not told'])
  if (server.sessionTimeoutSeconds !== null) {
    page.row('session', [
      `over TCP, interleaved`,
      `ends after ${server.sessionTimeoutSeconds} s without a sign of life`,
    ])
  }
  if (server.streamName) page.row('stream', [server.streamName])
}

function tracks(page: Page, report: ProbeReport): void {
  if (report.tracks.length === 0) return
  page.heading(report.tracks.length === 1 ? '1 track' : `${report.tracks.length} tracks`)
  for (const track of report.tracks) {
    const codec = [track.codec || 'unnamed format', track.profile ?? '', track.level ?? ''].filter(Boolean).join(' ')
    const state = track.measured
      ? page.green('played')
      : `${track.playable ? page.yellow('not played') : page.red('not played')}${track.reason ? `: ${track.reason}` : ''}`
    page.line(`  ${page.bold(`${track.media} ${codec}`)}  ${state}`)
    page.row('what', whatOf(track))
    page.row('setup', [track.control])
    const { chromium, firefox, safari, remark } = track.browsers
    const browsers = `Chromium ${nameOfPlayed(chromium)}, Firefox ${nameOfPlayed(firefox)}, Safari ${nameOfPlayed(safari)}`
    page.row('browsers', [`${browsers}. ${remark}`])
    if (track.measured) measurement(page, track.measured)
  }
}

function whatOf(track: TrackReport): string[] {
  const { width, height, statedFrameRate, sampleRate, channels } = track
  return [
    width !== null && height !== null ? `${width} × ${height}` : '',
    statedFrameRate === null ? '' : `${statedFrameRate} pictures/s stated`,
    sampleRate === null ? '' : `${sampleRate / 1000} kHz`,
    channels === null ? '' : channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`,
    track.codecString ?? '',
    track.language ?? '',
    track.direction,
    track.payloadType === null ? '' : `payload type ${track.payloadType}`,
    track.clockRate === null ? '' : `clock ${track.clockRate} Hz`,
  ]
}

function measurement(page: Page, measured: TrackMeasurement): void {
  const { pictures, clock, bitrate } = measured
  page.row('stream', [bitrate === null ? '' : bits(bitrate), ...(pictures ? picturesOf(page, pictures) : [])])
  page.row('transport', [
    measured.lost === 0
      ? `nothing lost of ${measured.packets} packets`
      : page.red(`${measured.lost} of ${measured.packets + measured.lost} packets lost (${measured.lostPercent} %)`),
    counted(measured.reordered, 'out of order'),
    counted(measured.duplicates, 'twice'),
    counted(measured.malformed, 'malformed'),
    counted(measured.dropped, measured.pictures ? 'pictures dropped' : 'units dropped'),
    `jitter ${measured.jitterMilliseconds} ms`,
    `longest pause ${seconds(measured.longestPauseMilliseconds)}`,
  ])
  const { offsetMilliseconds: offset, driftPartsPerMillion: drift } = clock
  page.row('clock', [
    clock.senderReports === 0
      ? 'no sender report yet'
      : `${clock.senderReports} sender ${plural(clock.senderReports, 'report')}`,
    offset === null
      ? clock.senderReports > 0
        ? 'without a time'
        : ''
      : Math.abs(offset) < IN_STEP_MILLISECONDS
        ? 'in step with this machine'
        : `${seconds(Math.abs(offset))} ${offset < 0 ? 'behind' : 'ahead of'} this machine`,
    drift === null ? '' : `drift ${drift} ppm`,
    counted(measured.timestampJumps, plural(measured.timestampJumps, 'jump')),
  ])
}

function picturesOf(page: Page, pictures: PictureReport): string[] {
  const { frameRate, keyframeIntervalSeconds: interval, keyframeIntervalPictures, keyframes, bFrames } = pictures
  return [
    frameRate === null ? '' : `${frameRate} pictures/s`,
    interval === null
      ? `${keyframes} ${plural(keyframes, 'keyframe')}`
      : `a keyframe every ${interval} s (${keyframeIntervalPictures} pictures)`,
    bFrames ? page.yellow('B-frames') : 'no B-frames',
  ]
}

function deviations(page: Page, report: ProbeReport): void {
  if (report.deviations.length === 0) return
  page.heading('Against the standards, and tolerated')
  for (const { id, description, count } of report.deviations) {
    page.paragraph(`- ${description}${count > 1 ? `, ${count} times` : ''} ${page.dim(`(${id})`)}`, 2, 4)
  }
}

function advice(page: Page, report: ProbeReport): void {
  if (report.advice.length === 0) return
  page.heading('What to do')
  for (const [index, { text }] of report.advice.entries()) page.paragraph(`${index + 1}. ${text}`, 2, 5)
}

const counted = (count: number, what: string): string => (count === 0 ? '' : `${count} ${what}`)
const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`)
const seconds = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`
const bits = (rate: number): string =>
  rate < 1_000_000 ? `${Math.round(rate / 1000)} kbit/s` : `${(rate / 1_000_000).toFixed(2)} Mbit/s`

type Style = Parameters<typeof styleText>[0]

/** Lines of bounded width, with colours where they are wanted. */
class Page {
  readonly #lines: string[] = []
  readonly #colours: boolean
  readonly #columns: number

  constructor({ colours, columns = 100 }: TextOptions) {
    this.#colours = colours
    this.#columns = Math.min(WIDEST, Math.max(NARROWEST, columns))
  }

  get text(): string {
    return this.#lines.join('\n')
  }

  line(text: string): void {
    this.#lines.push(text)
  }

  heading(text: string): void {
    this.#lines.push('', this.bold(text))
  }

  /** What is empty is left out. */
  row(label: string, parts: readonly string[]): void {
    const text = parts.filter(Boolean).join(', ')
    if (text !== '') this.paragraph(`${this.dim(label.padEnd(LABEL_WIDTH))}${text}`, 4, 4 + LABEL_WIDTH)
  }

  paragraph(text: string, first: number, indent: number): void {
    let line = ' '.repeat(first)
    let empty = true
    // The blanks behind a label are no place to break at.
    for (const word of text.split(/(?<=\S) (?=\S)/)) {
      if (!empty && widthOf(line) + 1 + widthOf(word) > this.#columns) {
        this.#lines.push(line)
        line = ' '.repeat(indent)
        empty = true
      }
      line += empty ? word : ` ${word}`
      empty = false
    }
    this.#lines.push(line)
  }

  bold = (text: string): string => this.#style('bold', text)
  dim = (text: string): string => this.#style('dim', text)
  green = (text: string): string => this.#style('green', text)
  yellow = (text: string): string => this.#style('yellow', text)
  red = (text: string): string => this.#style('red', text)

  #style(style: Style, text: string): string {
    return this.#colours && text !== '' ? styleText(style, text, { validateStream: false }) : text
  }
}

/** Columns on a terminal: escape sequences take none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is not counted
const widthOf = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length
